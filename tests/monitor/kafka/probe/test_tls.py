"""Servers that ask for a client's certificate, and what the TLS step says of them."""

import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from threading import Thread

import pytest

from monitor.kafka.probe.connection import connection_steps
from monitor.kafka.probe.step import Step
from monitor.kafka.probe.tls import tls_step
from tests.monitor.kafka.client_certificate import KEY_PASSWORD, ClientCertificate, make
from tests.monitor.kafka.own_broker import PASSWORD, SECRET, USER, SaslBroker, sasl_broker

NO_KEY = "-----BEGIN PRIVATE KEY-----\nbm90IGEga2V5\n-----END PRIVATE KEY-----\n"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> ClientCertificate:
    return make(tmp_path_factory.mktemp("client"))


def texts(own: ClientCertificate) -> dict[str, str]:
    certificate, key = own.certificate.read_text(), own.key.read_text()
    return {"ssl.certificate.pem": certificate, "ssl.key.pem": key}


def locked(own: ClientCertificate) -> dict[str, str]:
    key = {"ssl.key.pem": own.locked_key.read_text(), "ssl.key.password": KEY_PASSWORD}
    return texts(own) | key


def files(own: ClientCertificate) -> dict[str, str]:
    return {
        "ssl.certificate.location": str(own.certificate),
        "ssl.key.location": str(own.key),
        "ssl.ca.location": str(own.certificate),
    }


@pytest.fixture(params=[ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=lambda one: one.name)
def server(request: pytest.FixtureRequest, own: ClientCertificate) -> Iterator[int]:
    """The port of one that lets nobody in without the certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = request.param
    context.load_cert_chain(own.certificate, own.key)
    context.load_verify_locations(own.certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = Thread(target=_serve_one, args=(listener, context))
        serving.start()
        yield listener.getsockname()[1]
        serving.join(10)


def _serve_one(listener: socket.socket, context: ssl.SSLContext) -> None:
    connection, _ = listener.accept()
    connection.settimeout(5)
    with connection:
        try:
            with context.wrap_socket(connection, server_side=True) as secured:
                secured.recv(1)
        except OSError:  # the client was refused, or has gone
            return


def step(port: int, configuration: Mapping[str, str]) -> Step:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        return tls_step(connection, "127.0.0.1", configuration)


@pytest.mark.parametrize("given", [texts, locked, files])
def test_the_clusters_certificate_is_presented(
    server: int, own: ClientCertificate, given: Callable[[ClientCertificate], dict[str, str]]
) -> None:
    found = step(server, {"ssl.ca.pem": own.certificate.read_text()} | given(own))
    assert found.is_right, found.said
    assert found.said.startswith("The certificate of 127.0.0.1 is right (TLSv1.")


def test_a_server_that_asks_for_one_in_vain_says_which_property_to_set(
    server: int, own: ClientCertificate
) -> None:
    found = step(server, {"ssl.ca.location": str(own.certificate)})
    assert found.is_right is False
    assert "asks for a client's certificate" in found.said
    assert "set ssl.certificate.pem and ssl.key.pem" in found.said


@pytest.mark.parametrize(
    "wrong",
    [{"ssl.key.pem": NO_KEY}, {"ssl.key.location": "/no/such/file"}, {"ssl.certificate.pem": "-"}],
    ids=["no key", "no file", "no certificate"],
)
def test_a_certificate_that_cannot_be_used_is_said_before_anything_is_sent(
    own: ClientCertificate, wrong: Mapping[str, str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        found = step(mute.getsockname()[1], texts(own) | dict(wrong))
    assert found.said.startswith("The client's certificate cannot be used")
    assert "PRIVATE KEY" not in found.said


def test_a_locked_key_without_its_password_cannot_be_used(own: ClientCertificate) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        found = step(mute.getsockname()[1], locked(own) | {"ssl.key.password": ""})
    assert found.said.startswith("The client's certificate cannot be used")


@pytest.fixture(scope="module")
def broker(
    tmp_path_factory: pytest.TempPathFactory, own: ClientCertificate
) -> Iterator[SaslBroker]:
    listener = "listener.name.saslssl.ssl."
    asks = (
        f"{listener}client.auth=required\n"
        f"{listener}truststore.type=PEM\n{listener}truststore.location={own.certificate}\n"
    )
    with sasl_broker(tmp_path_factory.mktemp("mtls"), more_properties=asks) as started:
        yield started


def steps(broker: SaslBroker, given: Mapping[str, str]) -> dict[str, Step]:
    login = {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-256",
        "sasl.username": USER,
        "sasl.password": f"env:{SECRET}",
    }
    found = connection_steps(broker.sasl_ssl_servers, login | dict(given))
    return {step.name: step for step in found}


@pytest.mark.kafka_jars
@pytest.mark.timeout(120)
def test_a_broker_that_asks_for_a_certificate_gets_the_clusters(
    broker: SaslBroker,
    own: ClientCertificate,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv(SECRET, PASSWORD)
    monkeypatch.setenv("HIGHWATER_SECRET_TLS_KEY", own.key.read_text())
    authority = tmp_path / "ca.pem"
    authority.write_text(broker.certificate)
    by_text = texts(own) | {"ssl.key.pem": "env:HIGHWATER_SECRET_TLS_KEY"}
    for given in (by_text, files(own)):
        found = steps(broker, {**given, "ssl.ca.location": str(authority)})
        assert (found["TLS"].is_right, found["Log-in"].is_right) == (True, True), found
    without = steps(broker, {"ssl.ca.pem": broker.certificate})
    assert without["TLS"].is_right is False
    assert "asks for a client's certificate" in without["TLS"].said
