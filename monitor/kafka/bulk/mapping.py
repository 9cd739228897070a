"""A cluster's librdkafka properties as kafka-python's configuration, or why that cannot be."""

import re
import socket
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from monitor.errors import ConfigurationError, NotHonouredError

# librdkafka's default; more would let a hostile broker make us reserve it.
LARGEST_ANSWER_BYTES = 100_000_000

_NEVER_MS = 2**31 - 1
_CERTIFICATE = re.compile("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)
_NUMBERS = {
    "connections.max.idle.ms": "connections_max_idle_ms",
    "receive.message.max.bytes": "receive_message_max_bytes",
    "reconnect.backoff.ms": "reconnect_backoff_ms",
    "reconnect.backoff.max.ms": "reconnect_backoff_max_ms",
}
_TEXTS = {
    "client.id": "client_id",
    "client.dns.lookup": "client_dns_lookup",
    "sasl.username": "sasl_plain_username",
    "sasl.password": "sasl_plain_password",
    "sasl.mechanism": "sasl_mechanism",
    "sasl.mechanisms": "sasl_mechanism",
}
# Time-outs are the reader's own, and metadata is read anew by each tick.
_WITHOUT_EFFECT = {"socket.timeout.ms", "socket.connection.setup.timeout.ms", "metadata.max.age.ms"}
_HANDLED = {
    "bootstrap.servers",
    "security.protocol",
    "socket.keepalive.enable",
    "socket.nagle.disable",
    "ssl.ca.location",
    "ssl.ca.pem",
    "ssl.endpoint.identification.algorithm",
}


def configuration(properties: Mapping[str, str]) -> dict[str, Any]:
    """kafka-python's keys and values. `properties` are librdkafka's, secrets resolved.

    Raises NotHonouredError for what only librdkafka can do, and ConfigurationError for a CA that
    is no certificate.
    """
    asked = dict(properties)
    if asked.get("broker.address.family", "any") == "any":
        asked.pop("broker.address.family", None)
    known = _NUMBERS.keys() | _TEXTS.keys() | _WITHOUT_EFFECT | _HANDLED
    if unknown := sorted(asked.keys() - known):
        raise NotHonouredError(f"Only librdkafka honours {', '.join(unknown)}.")
    protocol = asked.get("security.protocol", "PLAINTEXT").upper()
    mapped: dict[str, Any] = {
        "bootstrap_servers": asked["bootstrap.servers"].split(","),
        "receive_message_max_bytes": LARGEST_ANSWER_BYTES,
        "reconnect_backoff_max_ms": 1000,  # a broker that comes back is found within a tick
        "security_protocol": protocol,
        "socket_options": _socket_options(asked),
        **{_NUMBERS[name]: int(asked[name]) for name in _NUMBERS.keys() & asked.keys()},
        **{_TEXTS[name]: asked[name] for name in _TEXTS.keys() & asked.keys()},
    }
    if mapped.get("connections_max_idle_ms") == 0:  # never, to librdkafka; always, to kafka-python
        mapped["connections_max_idle_ms"] = _NEVER_MS
    if protocol.endswith("SSL"):
        mapped["ssl_context"] = server_context(asked)
    return mapped


def _socket_options(asked: Mapping[str, str]) -> list[tuple[int, int, int]]:
    options = []
    if asked.get("socket.nagle.disable", "true") == "true":
        options.append((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1))
    if asked.get("socket.keepalive.enable", "false") == "true":
        options.append((socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1))
    return options


def _authorities(pem: str | None) -> str | None:
    """The certificates alone: bundles name their subjects between them, in any script."""
    return "\n".join(_CERTIFICATE.findall(pem)) or pem if pem else None


def server_context(asked: Mapping[str, str]) -> ssl.SSLContext:
    """What a broker's certificate is held against.

    Raises ConfigurationError for a CA that is no certificate, or a file that cannot be read.
    """
    location = asked.get("ssl.ca.location")
    is_folder = location is not None and Path(location).is_dir()
    try:
        # With a CA of its own the system's are not trusted, as with librdkafka.
        context = ssl.create_default_context(
            cafile=None if is_folder else location,
            capath=location if is_folder else None,
            cadata=_authorities(asked.get("ssl.ca.pem")),
        )
    except (OSError, ValueError, TypeError) as problem:
        name = "ssl.ca.pem" if "ssl.ca.pem" in asked else "ssl.ca.location"
        raise ConfigurationError(f"{name} holds no certificate that can be read.") from problem
    if asked.get("ssl.endpoint.identification.algorithm", "https") == "none":
        context.check_hostname = False
    return context
