"""The handshake with one server, as a client of the cluster's properties has it."""

import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from tempfile import NamedTemporaryFile

from monitor.errors import ConfigurationError
from monitor.kafka.bulk.mapping import server_context
from monitor.kafka.probe.step import Step

REFUSAL_SECONDS = 0.3
_CERTIFICATES = {"ssl.certificate.pem", "ssl.certificate.location"}
_SET_CERTIFICATE = "set ssl.certificate.pem and ssl.key.pem"


def tls_step(connection: socket.socket, host: str, configuration: Mapping[str, str]) -> Step:
    """Closes `connection`. The cluster's client certificate is presented, if it has one."""
    has_own = not configuration.keys().isdisjoint(_CERTIFICATES)
    try:
        context = server_context(configuration)
        if has_own:
            _present(context, configuration)
        with context.wrap_socket(connection, server_hostname=host) as secured:
            _hear_refusal(secured)
            return Step("TLS", True, f"The certificate of {host} is right ({secured.version()}).")
    except ConfigurationError as problem:
        return Step("TLS", False, str(problem))
    except ssl.SSLCertVerificationError as problem:
        return Step(
            "TLS",
            False,
            f"The certificate of {host} is refused: {problem.verify_message}. "
            "ssl.ca.pem (or ssl.ca.location) must hold the authority that signed it.",
        )
    except (ssl.SSLError, OSError) as problem:
        why = getattr(problem, "reason", None) or "no handshake in time"
        return Step("TLS", False, _disagreement(host, why, has_own=has_own))


def _present(context: ssl.SSLContext, configuration: Mapping[str, str]) -> None:
    """Raises ConfigurationError where certificate, key and password do not belong together."""
    # Without one OpenSSL would ask for it at the terminal.
    password = configuration.get("ssl.key.password", "")
    with _file(configuration, "ssl.certificate") as own, _file(configuration, "ssl.key") as key:
        try:
            context.load_cert_chain(own, key, password=lambda: password)
        except (OSError, ValueError) as problem:
            raise ConfigurationError(
                "The client's certificate cannot be used: ssl.key.pem (or ssl.key.location) must "
                "be its key, and ssl.key.password open it."
            ) from problem


@contextmanager
def _file(configuration: Mapping[str, str], name: str) -> Iterator[str]:
    """Where it lies. Python's TLS takes files only: a text is one that this account alone can read,
    and that goes at once.
    """
    if location := configuration.get(f"{name}.location"):
        yield location
        return
    with NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(configuration.get(f"{name}.pem", ""))
        file.flush()
        yield file.name


def _hear_refusal(secured: ssl.SSLSocket) -> None:
    """Raises SSLError if the server refuses the client's certificate after all.

    With TLS 1.3 the client is through before the server has looked at it.
    """
    if secured.version() != "TLSv1.3":
        return
    secured.settimeout(REFUSAL_SECONDS)
    try:
        secured.recv(1)
    except TimeoutError:  # it waits for the first request
        return


def _disagreement(host: str, why: str, *, has_own: bool) -> str:
    if "ALERT" in why and ("CERTIFICATE" in why or "UNKNOWN_CA" in why):
        if has_own:
            return (
                f"{host} refuses the client's certificate: {why}. "
                "The broker must trust the authority that signed it."
            )
        return f"{host} asks for a client's certificate: {_SET_CERTIFICATE}."
    said = f"{host} and TLS could not agree: {why}. Is this a TLS listener?"
    return said if has_own else f"{said} If it asks for a client's certificate, {_SET_CERTIFICATE}."
