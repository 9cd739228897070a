"""The librdkafka properties that a cluster's row may hold, each with what its value may be.

What is missing here is refused. Properties that load code, run commands or name files would let
whoever may edit a cluster act as Highwater's own account; their reasons stand in `FORBIDDEN`. Some
that name files are let through from `highwater.toml`, whose author is that account already.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from monitor.secrets import is_reference

HIDDEN = "(hidden)"
_FILES = "it names a file of this machine; give the text as the .pem property, by reference"
FORBIDDEN = {
    "bootstrap.servers": "it has a field of its own",
    "plugin.library.paths": "it loads code",
    "interceptor.classes": "it loads code",
    "ssl.engine.id": "it loads code",
    "ssl.providers": "it loads code",
    "sasl.kerberos.kinit.cmd": "it runs a command",
}
_FORBIDDEN_PATTERNS = (
    (re.compile(r".*\.location|sasl\.kerberos\.keytab"), _FILES),
    (re.compile(r"sasl\.kerberos\..*"), "Kerberos runs a command to get its tickets"),
    (re.compile(r".*(interceptor|plugin).*"), "it loads code"),
)


class Secrecy(Enum):
    """How a property's value may be given."""

    PLAIN = "as text"
    EITHER = "as text or by reference"
    REFERENCE_ONLY = "by reference only"


@dataclass(frozen=True, slots=True)
class AllowedProperty:
    """`check` returns what is wrong with a resolved value, or nothing; never the value itself.

    One that `names_file` may be set by `highwater.toml` only.
    """

    check: Callable[[str], str]
    secrecy: Secrecy = Secrecy.PLAIN
    names_file: bool = False


def forbidden_reason(name: str) -> str:
    """Why `name`, which is not allowed, is refused."""
    if name in FORBIDDEN:
        return FORBIDDEN[name]
    for pattern, reason in _FORBIDDEN_PATTERNS:
        if pattern.fullmatch(name):
            return reason
    return "it is not on the list of allowed properties"


def _text(value: str) -> str:
    return "" if value.strip() and "\0" not in value else "it must not be empty"


def _one_of(*words: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        return "" if value in words else f"it must be one of {', '.join(words)}"

    return check


def _whole_number(low: int, high: int) -> Callable[[str], str]:
    def check(value: str) -> str:
        if re.fullmatch(r"\d{1,12}", value) and low <= int(value) <= high:
            return ""
        return f"it must be a whole number from {low} to {high}"

    return check


def _pem(value: str) -> str:
    return "" if "-----BEGIN " in value else "it must be PEM text (-----BEGIN ...)"


def _path(value: str) -> str:
    is_whole = value.startswith("/") and "\0" not in value
    return "" if is_whole else "it must be a whole path, from / on"


_PROTOCOLS = ("plaintext", "ssl", "sasl_plaintext", "sasl_ssl")
# GSSAPI is missing on purpose: librdkafka runs `kinit` through a shell for it.
_MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
_FLAG = _one_of("true", "false")

ALLOWED = {
    "broker.address.family": AllowedProperty(_one_of("any", "v4", "v6")),
    "client.dns.lookup": AllowedProperty(
        _one_of("use_all_dns_ips", "resolve_canonical_bootstrap_servers_only")
    ),
    "client.id": AllowedProperty(_text),
    "connections.max.idle.ms": AllowedProperty(_whole_number(0, 2_147_483_647)),
    "metadata.max.age.ms": AllowedProperty(_whole_number(1_000, 86_400_000)),
    "receive.message.max.bytes": AllowedProperty(_whole_number(1_000, 2_147_483_647)),
    "reconnect.backoff.max.ms": AllowedProperty(_whole_number(0, 3_600_000)),
    "reconnect.backoff.ms": AllowedProperty(_whole_number(0, 3_600_000)),
    "sasl.mechanism": AllowedProperty(_one_of(*_MECHANISMS)),
    "sasl.mechanisms": AllowedProperty(_one_of(*_MECHANISMS)),
    "sasl.password": AllowedProperty(_text, Secrecy.REFERENCE_ONLY),
    "sasl.username": AllowedProperty(_text, Secrecy.EITHER),
    "security.protocol": AllowedProperty(
        _one_of(*_PROTOCOLS, *(protocol.upper() for protocol in _PROTOCOLS))
    ),
    "socket.connection.setup.timeout.ms": AllowedProperty(_whole_number(1_000, 120_000)),
    "socket.keepalive.enable": AllowedProperty(_FLAG),
    "socket.nagle.disable": AllowedProperty(_FLAG),
    "socket.timeout.ms": AllowedProperty(_whole_number(10, 300_000)),
    "ssl.ca.location": AllowedProperty(_path, names_file=True),
    "ssl.ca.pem": AllowedProperty(_pem, Secrecy.EITHER),
    "ssl.certificate.location": AllowedProperty(_path, names_file=True),
    "ssl.certificate.pem": AllowedProperty(_pem, Secrecy.EITHER),
    "ssl.endpoint.identification.algorithm": AllowedProperty(_one_of("none", "https")),
    "ssl.key.location": AllowedProperty(_path, names_file=True),
    "ssl.key.password": AllowedProperty(_text, Secrecy.REFERENCE_ONLY),
    "ssl.key.pem": AllowedProperty(_pem, Secrecy.REFERENCE_ONLY),
}


def shown(name: str, value: str) -> str:
    """`value` as a page or an audit row may show it: references yes, secrets never."""
    if is_secret_in_the_clear(name, value):
        return HIDDEN
    return "(PEM text)" if "-----BEGIN " in value else value


def names_file(name: str) -> bool:
    """Whether `name` is let through from `highwater.toml` only."""
    return name in ALLOWED and ALLOWED[name].names_file


def is_secret_in_the_clear(name: str, value: str) -> bool:
    """Whether `value` stands where only a reference may, or under a name nobody knows."""
    rule = ALLOWED.get(name)
    return rule is None or (rule.secrecy is Secrecy.REFERENCE_ONLY and not is_reference(value))
