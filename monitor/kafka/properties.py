"""From a cluster's row to the properties of a Kafka client. All of Highwater's clients use it."""

import re
from collections.abc import Mapping

from monitor.errors import ConfigurationError, SecretNotFoundError
from monitor.kafka.allowlist import (
    ALLOWED,
    HIDDEN,
    Secrecy,
    forbidden_reason,
    is_secret_in_the_clear,
    names_file,
    shown,
)
from monitor.secrets import is_reference, resolve

_SERVER = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):(\d{1,5})")


def client_properties(bootstrap_servers: str, properties: Mapping[str, str]) -> dict[str, str]:
    """Properties for a confluent-kafka client, with secrets in the clear: never log or store them.

    Raises ConfigurationError with a sentence for each thing that is wrong.
    """
    servers, problems = _servers(bootstrap_servers)
    values, more_problems = _resolved(properties)
    problems += more_problems
    if problems:
        raise ConfigurationError(" ".join(problems))
    return {"client.id": "highwater", **values, "bootstrap.servers": servers}


def bootstrap_problems(bootstrap_servers: str) -> list[str]:
    """What is wrong with a list of brokers, a sentence each."""
    return _servers(bootstrap_servers)[1]


def property_problems(properties: Mapping[str, str]) -> list[str]:
    """What is wrong with a row's properties, a sentence each that says what to do."""
    return _resolved(properties)[1]


def edited_problems(properties: Mapping[str, str], before: Mapping[str, str]) -> list[str]:
    """The same of what somebody makes of a row that had `before`, by another way than a file.

    Files are named by `highwater.toml` only; what it named may stay as it is.
    """
    named = [
        f"{name} is refused: it names a file of this machine, which highwater.toml alone may do. "
        "Give the text as the .pem property, by reference."
        for name, value in properties.items()
        if names_file(name) and before.get(name) != value
    ]
    return [*named, *property_problems(properties)]


def redacted(properties: Mapping[str, str]) -> dict[str, str]:
    """The properties as people may see them: references stay, secrets and PEM texts do not."""
    return {name: shown(name, str(value)) for name, value in properties.items()}


def editable(properties: Mapping[str, str]) -> dict[str, str]:
    """The properties as a form may offer them: all but secrets that stand there in the clear."""
    return {
        name: HIDDEN if is_secret_in_the_clear(name, str(value)) else value
        for name, value in properties.items()
    }


def _servers(bootstrap_servers: str) -> tuple[str, list[str]]:
    servers = [server.strip() for server in bootstrap_servers.split(",") if server.strip()]
    bad = [server for server in servers if not _is_server(server)]
    if not servers or bad:
        return "", ["Bootstrap servers must be host:port, comma separated."]
    return ",".join(servers), []


def _is_server(server: str) -> bool:
    match = _SERVER.fullmatch(server)
    return match is not None and 0 < int(match[2]) <= 65535


def _resolved(properties: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    values: dict[str, str] = {}
    problems: list[str] = []
    for name, given in properties.items():
        try:
            values[name] = _value(name, given)
        except ConfigurationError as problem:
            problems.append(str(problem))
    if not problems:
        problems = _missing(values)
    return values, problems


def _value(name: str, given: str) -> str:
    rule = ALLOWED.get(name)
    if rule is None:
        raise ConfigurationError(f"{name} is refused: {forbidden_reason(name)}. Remove it.")
    if not isinstance(given, str):
        raise ConfigurationError(f'{name} must be text: write its value in quotes ("...").')
    if rule.secrecy is Secrecy.REFERENCE_ONLY and not is_reference(given):
        raise ConfigurationError(
            f"{name} is a secret and must be a reference: "
            "env:HIGHWATER_SECRET_NAME, or file:NAME under HIGHWATER_SECRETS_DIR."
        )
    value = given
    if rule.secrecy is not Secrecy.PLAIN and is_reference(given):
        try:
            value = resolve(given)
        except SecretNotFoundError as problem:
            raise SecretNotFoundError(f"{name}: {problem}") from None
    if wrong := rule.check(value):
        raise ConfigurationError(f"{name}: {wrong}.")
    return value


def _missing(values: Mapping[str, str]) -> list[str]:
    """What librdkafka would only say in its log, or fill with Kerberos, which is not allowed."""
    uses_sasl = values.get("security.protocol", "").lower().startswith("sasl")
    has_mechanism = "sasl.mechanism" in values or "sasl.mechanisms" in values
    problems = []
    if uses_sasl and not has_mechanism:
        problems.append("security.protocol asks for SASL: set sasl.mechanism too.")
    if uses_sasl and not {"sasl.username", "sasl.password"} <= values.keys():
        problems.append("security.protocol asks for SASL: set sasl.username and sasl.password.")
    return problems
