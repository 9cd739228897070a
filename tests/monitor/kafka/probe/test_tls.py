"""Servers that ask for a client's certificate, and what the TLS step says of them."""

import socket
import ssl
from collections.abc import Iterator, Mapping
from threading import Thread

import pytest

from monitor.kafka.probe.connection import connection_steps
from monitor.kafka.probe.step import Step
from monitor.kafka.probe.tls import tls_step
from tests.monitor.kafka.client import CERTIFICATE, FOLDER, KEY, KEY_PASSWORD, LOCKED_KEY
from tests.monitor.kafka.own_broker import PASSWORD, SECRET, USER, SaslBroker, sasl_broker

NO_KEY = "-----BEGIN PRIVATE KEY-----\nbm90IGEga2V5\n-----END PRIVATE KEY-----\n"
OWN = {"ssl.certificate.pem": CERTIFICATE, "ssl.key.pem": KEY}


@pytest.fixture(params=[ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=lambda one: one.name)
def server(request: pytest.FixtureRequest) -> Iterator[int]:
    """The port of one that lets nobody in without the certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = request.param
    context.load_cert_chain(FOLDER / "certificate.pem", FOLDER / "key.pem")
    context.load_verify_locations(FOLDER / "certificate.pem")
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
        return tls_step(connection, "127.0.0.1", {"ssl.ca.pem": CERTIFICATE, **configuration})


@pytest.mark.parametrize(
    "own", [OWN, {**OWN, "ssl.key.pem": LOCKED_KEY, "ssl.key.password": KEY_PASSWORD}]
)
def test_the_clusters_certificate_is_presented(server: int, own: Mapping[str, str]) -> None:
    found = step(server, own)
    assert found.is_right, found.said
    assert found.said.startswith("The certificate of 127.0.0.1 is right (TLSv1.")


def test_a_server_that_asks_for_one_in_vain_says_which_property_to_set(server: int) -> None:
    found = step(server, {})
    assert found.is_right is False
    assert "asks for a client's certificate" in found.said
    assert "set ssl.certificate.pem and ssl.key.pem" in found.said


@pytest.mark.parametrize(
    "wrong",
    [{"ssl.key.pem": NO_KEY}, {"ssl.key.pem": LOCKED_KEY}, {"ssl.certificate.pem": "none"}],
    ids=["no key", "no password", "no certificate"],
)
def test_a_certificate_that_cannot_be_used_is_said_before_anything_is_sent(
    wrong: Mapping[str, str],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        found = step(mute.getsockname()[1], {**OWN, **wrong})
    assert found.said.startswith("The client's certificate cannot be used")
    assert "PRIVATE KEY" not in found.said


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SaslBroker]:
    own = "listener.name.saslssl.ssl."
    asks = (
        f"{own}client.auth=required\n"
        f"{own}truststore.type=PEM\n{own}truststore.location={FOLDER / 'certificate.pem'}\n"
    )
    with sasl_broker(tmp_path_factory.mktemp("mtls"), more_properties=asks) as started:
        yield started


def steps(broker: SaslBroker, **own: str) -> dict[str, Step]:
    login = {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-256",
        "sasl.username": USER,
        "sasl.password": f"env:{SECRET}",
        "ssl.ca.pem": broker.certificate,
    }
    found = connection_steps(broker.sasl_ssl_servers, login | own)
    return {step.name: step for step in found}


@pytest.mark.kafka_jars
@pytest.mark.timeout(120)
def test_a_broker_that_asks_for_a_certificate_gets_the_clusters(
    broker: SaslBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SECRET, PASSWORD)
    monkeypatch.setenv("HIGHWATER_SECRET_TLS_KEY", KEY)
    own = {"ssl.certificate.pem": CERTIFICATE, "ssl.key.pem": "env:HIGHWATER_SECRET_TLS_KEY"}
    found = steps(broker, **own)
    assert (found["TLS"].is_right, found["Log-in"].is_right) == (True, True), found
    without = steps(broker)
    assert without["TLS"].is_right is False
    assert "asks for a client's certificate" in without["TLS"].said
