from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient
from pytest_django import Settings

from monitor.errors import ConfigurationError
from monitor.kafka.properties import (
    bootstrap_problems,
    client_properties,
    edited_problems,
    property_problems,
    redacted,
)

SASL = {
    "security.protocol": "SASL_SSL",
    "sasl.mechanism": "SCRAM-SHA-512",
    "sasl.username": "highwater",
    "sasl.password": "env:HIGHWATER_SECRET_KAFKA",
}
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIGHWATER_SECRET_KAFKA", "hunter2")


def test_a_sasl_cluster_gets_its_password_from_the_reference() -> None:
    assert client_properties("a:9093, b:9093", SASL) == {
        **SASL,
        "client.id": "highwater",
        "sasl.password": "hunter2",
        "bootstrap.servers": "a:9093,b:9093",
    }


def test_a_tls_cluster_gets_its_key_from_a_file(tmp_path: Path, settings: Settings) -> None:
    settings.HIGHWATER_SECRETS_DIR = str(tmp_path)
    (tmp_path / "key.pem").write_text("-----BEGIN PRIVATE KEY-----\nMIIB")
    built = client_properties(
        "[::1]:9093",
        {"security.protocol": "ssl", "ssl.ca.pem": CERTIFICATE, "ssl.key.pem": "file:key.pem"},
    )
    assert built["ssl.key.pem"].startswith("-----BEGIN PRIVATE KEY-----")
    assert built["ssl.ca.pem"] == CERTIFICATE


def test_librdkafka_takes_what_the_allow_list_lets_through() -> None:
    properties = {
        **SASL,
        "broker.address.family": "v4",
        "client.dns.lookup": "use_all_dns_ips",
        "connections.max.idle.ms": "60000",
        "metadata.max.age.ms": "60000",
        "receive.message.max.bytes": "200000000",
        "reconnect.backoff.max.ms": "2000",
        "reconnect.backoff.ms": "100",
        "socket.connection.setup.timeout.ms": "2000",
        "socket.keepalive.enable": "true",
        "socket.nagle.disable": "true",
        "socket.timeout.ms": "3000",
        "ssl.endpoint.identification.algorithm": "none",
    }
    AdminClient({**client_properties("127.0.0.1:1", properties)})


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("plugin.library.paths", "loads code"),
        ("confluent.interceptor.classes", "loads code"),
        ("ssl.providers", "loads code"),
        ("sasl.kerberos.kinit.cmd", "runs a command"),
        ("sasl.kerberos.principal", "runs a command"),
        ("sasl.kerberos.keytab", "names a file"),
        ("ssl.crl.location", "names a file"),
        ("ssl.keystore.location", "names a file"),
        ("bootstrap.servers", "a field of its own"),
        ("debug", "not on the list"),
        ("error_cb", "not on the list"),
    ],
)
def test_a_dangerous_or_unknown_property_is_refused_with_its_reason(name: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        client_properties("a:9092", {name: "/tmp/x"})  # noqa: S108


FILES = {"ssl.ca.location": "/etc/ca.pem", "ssl.key.location": "/etc/key.pem"}


def test_files_are_named_by_the_file_alone_and_may_stay() -> None:
    assert property_problems(FILES) == edited_problems(FILES, FILES) == []
    [problem] = edited_problems(FILES, {"ssl.ca.location": "/etc/ca.pem"})
    assert problem.startswith("ssl.key.location is refused: it names a file of this machine")
    assert len(edited_problems(FILES, dict.fromkeys(FILES, "/etc/shadow"))) == 2


@pytest.mark.parametrize("path", ["", "ca.pem", "../ca.pem", "probe", "/etc/\0"])
def test_a_file_is_named_by_its_whole_path(path: str) -> None:
    [problem] = property_problems({"ssl.ca.location": path})
    assert problem == "ssl.ca.location: it must be a whole path, from / on."


@pytest.mark.parametrize("name", ["sasl.password", "ssl.key.pem", "ssl.key.password"])
def test_a_secret_in_the_clear_is_refused_and_not_repeated(name: str) -> None:
    [problem] = property_problems({name: "hunter2"})
    assert name in problem
    assert "must be a reference" in problem
    assert "hunter2" not in problem


def test_kerberos_is_refused_because_it_runs_a_command() -> None:
    [problem] = property_problems({"sasl.mechanism": "GSSAPI"})
    assert "must be one of PLAIN" in problem


def test_every_problem_is_told_at_once() -> None:
    problems = property_problems({"debug": "all", "sasl.password": "env:HIGHWATER_SECRET_NONE"})
    assert len(problems) == 2
    assert "HIGHWATER_SECRET_NONE is not set" in problems[1]


def test_sasl_without_mechanism_or_password_says_what_to_set() -> None:
    told = " ".join(property_problems({"security.protocol": "SASL_SSL"}))
    assert "set sasl.mechanism too" in told
    assert "set sasl.username and sasl.password" in told


def test_a_number_in_the_json_is_asked_for_as_text() -> None:
    assert "in quotes" in property_problems({"socket.timeout.ms": 3000})[0]  # type: ignore[dict-item]


@pytest.mark.parametrize("servers", ["", " , ", "kafka", "a:0", "a:99999", "a b:1", "http://a:1"])
def test_bootstrap_servers_must_be_host_and_port(servers: str) -> None:
    assert bootstrap_problems(servers)
    with pytest.raises(ConfigurationError, match="host:port"):
        client_properties(servers, {})


def test_what_people_see_holds_references_but_no_secret() -> None:
    seen = redacted({**SASL, "ssl.ca.pem": CERTIFICATE, "old.password": "hunter2"})
    assert seen["sasl.password"] == "env:HIGHWATER_SECRET_KAFKA"
    assert seen["sasl.username"] == "highwater"
    assert seen["ssl.ca.pem"] == "(PEM text)"
    assert seen["old.password"] == "(hidden)"
    assert redacted({"sasl.password": "hunter2"}) == {"sasl.password": "(hidden)"}
