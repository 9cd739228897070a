import socket
import time
from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from monitor.models import Cluster
from tests.monitor.kafka.own_broker import PASSWORD, SECRET, USER, SaslBroker, broker_with_lag

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SaslBroker]:
    with broker_with_lag(tmp_path_factory.mktemp("sasl")) as started:
        yield started


def check(servers: str, **properties: str) -> tuple[str, bool]:
    """What was said, and whether all went well."""
    Cluster.objects.create(name="tested", bootstrap_servers=servers, properties=properties)
    out = StringIO()
    try:
        call_command("check_connection", "tested", stdout=out)
    except CommandError:
        return out.getvalue(), False
    return out.getvalue(), True


def login(protocol: str) -> dict[str, str]:
    return {
        "security.protocol": protocol,
        "sasl.mechanism": "SCRAM-SHA-256",
        "sasl.username": USER,
        "sasl.password": f"env:{SECRET}",
    }


def test_a_cluster_that_is_not_there_is_said() -> None:
    with pytest.raises(CommandError, match="no cluster"):
        call_command("check_connection", "nobody")


def test_a_port_where_nobody_listens_fails_at_tcp_and_ends_there() -> None:
    said, is_right = check("127.0.0.1:1")
    assert not is_right
    assert "FAILED   TCP: 127.0.0.1:1 does not accept: Connection refused" in said
    assert "Log-in" not in said


def test_a_name_that_does_not_resolve_fails_at_dns() -> None:
    said, is_right = check("no-such-host.invalid:9092")
    assert not is_right
    assert "FAILED   DNS: no-such-host.invalid is not known here" in said


def test_a_secret_that_is_missing_fails_before_anything_is_sent() -> None:
    said, is_right = check("127.0.0.1:1", **login("SASL_PLAINTEXT"))
    assert not is_right
    assert said.startswith("FAILED   Properties: sasl.password:")


def test_a_listener_that_never_answers_costs_about_ten_seconds_at_most() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        started = time.monotonic()
        said, is_right = check(f"127.0.0.1:{mute.getsockname()[1]}", **{"security.protocol": "ssl"})
    assert not is_right
    assert "FAILED   TLS:" in said
    assert time.monotonic() - started < 12


@pytest.mark.kafka_jars
def test_all_steps_are_right_with_the_password_and_the_authority(
    broker: SaslBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SECRET, PASSWORD)
    trusted = {"ssl.ca.pem": broker.certificate}
    said, is_right = check(broker.sasl_ssl_servers, **login("SASL_SSL"), **trusted)
    assert is_right, said
    for name in ("DNS", "TCP", "TLS", "Log-in", "Topics", "End offsets", "Configs", "Groups"):
        assert f"ok       {name}:" in said
    assert "ok       Committed offsets: Read." in said
    assert PASSWORD not in said


@pytest.mark.kafka_jars
def test_an_authority_that_is_not_trusted_fails_at_tls(
    broker: SaslBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SECRET, PASSWORD)
    said, is_right = check(broker.sasl_ssl_servers, **login("SASL_SSL"))
    assert not is_right
    assert "FAILED   TLS: The certificate of 127.0.0.1 is refused" in said


@pytest.mark.kafka_jars
def test_a_wrong_password_fails_at_the_log_in_and_is_not_shown(
    broker: SaslBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SECRET, "not-the-sesame-17")
    said, is_right = check(broker.sasl_servers, **login("SASL_PLAINTEXT"))
    assert not is_right
    assert "ok       TCP:" in said
    assert "FAILED   Log-in:" in said
    assert "not-the-sesame-17" not in said
