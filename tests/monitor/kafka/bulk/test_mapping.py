import socket
import ssl
import subprocess
from pathlib import Path

import pytest

from monitor.errors import ConfigurationError, NotHonouredError
from monitor.kafka.allowlist import ALLOWED
from monitor.kafka.bulk.mapping import configuration
from tests.monitor.kafka.client_certificate import make

SERVERS = {"bootstrap.servers": "127.0.0.1:9092,127.0.0.1:9093"}
# What librdkafka alone can do; every other property that a cluster may hold is mapped.
LIBRDKAFKA_ONLY = {
    *("ssl.certificate.pem", "ssl.certificate.location"),
    *("ssl.key.pem", "ssl.key.location", "ssl.key.password"),
}
SAMPLES = {
    "broker.address.family": "any",
    "client.dns.lookup": "use_all_dns_ips",
    "security.protocol": "sasl_plaintext",
    "ssl.endpoint.identification.algorithm": "none",
    "socket.keepalive.enable": "true",
    "socket.nagle.disable": "false",
}


def test_servers_are_a_list() -> None:
    assert configuration(SERVERS)["bootstrap_servers"] == ["127.0.0.1:9092", "127.0.0.1:9093"]


def test_a_log_in_is_mapped() -> None:
    sasl = {"sasl.mechanism": "SCRAM-SHA-512", "sasl.username": "u", "sasl.password": "p"}
    mapped = configuration({**SERVERS, "security.protocol": "sasl_plaintext", **sasl})
    assert mapped["security_protocol"] == "SASL_PLAINTEXT"
    assert mapped["sasl_mechanism"] == "SCRAM-SHA-512"
    assert (mapped["sasl_plain_username"], mapped["sasl_plain_password"]) == ("u", "p")


def test_tls_checks_the_host_name_unless_told_not_to() -> None:
    tls = {**SERVERS, "security.protocol": "SSL"}
    context = configuration(tls)["ssl_context"]
    assert (context.check_hostname, context.verify_mode) == (True, ssl.CERT_REQUIRED)
    loose = configuration({**tls, "ssl.endpoint.identification.algorithm": "none"})["ssl_context"]
    assert (loose.check_hostname, loose.verify_mode) == (False, ssl.CERT_REQUIRED)


def test_a_ca_that_is_none_is_refused_without_showing_it() -> None:
    junk = "-----BEGIN CERTIFICATE-----\nprivate\n-----END CERTIFICATE-----"
    with pytest.raises(ConfigurationError, match=r"ssl\.ca\.pem") as refused:
        configuration({**SERVERS, "security.protocol": "SSL", "ssl.ca.pem": junk})
    assert "private" not in str(refused.value)


def test_a_bundle_may_name_its_subjects_in_any_script(tmp_path: Path) -> None:
    words = ["openssl", "req", "-x509", "-nodes", "-newkey", "rsa:2048", "-subj", "/CN=ca"]
    made = subprocess.run(
        [*words, "-keyout", str(tmp_path / "key"), "-days", "2"],
        capture_output=True,
        text=True,
        check=True,
    )
    bundle = f"# Autorit\u00e9 de certification \u2116 1\n{made.stdout}"
    context = configuration({**SERVERS, "security.protocol": "SSL", "ssl.ca.pem": bundle})
    assert context["ssl_context"].cert_store_stats()["x509_ca"] == 1


def test_a_ca_may_be_a_file_or_a_folder(tmp_path: Path) -> None:
    file = make(tmp_path).certificate
    tls = {**SERVERS, "security.protocol": "SSL"}
    context = configuration({**tls, "ssl.ca.location": str(file)})["ssl_context"]
    assert context.cert_store_stats()["x509_ca"] == 1
    # The certificates of a folder are loaded when they are needed.
    folder = configuration({**tls, "ssl.ca.location": str(tmp_path)})["ssl_context"]
    assert folder.cert_store_stats()["x509_ca"] == 0
    with pytest.raises(ConfigurationError, match=r"ssl\.ca\.location holds no certificate"):
        configuration({**tls, "ssl.ca.location": str(tmp_path / "none.pem")})


def test_idle_connections_stay_for_ever_where_librdkafka_would_keep_them() -> None:
    mapped = configuration({**SERVERS, "connections.max.idle.ms": "0"})
    assert mapped["connections_max_idle_ms"] > 86_400_000


def test_client_certificates_are_left_to_librdkafka() -> None:
    with pytest.raises(NotHonouredError, match=r"ssl\.certificate\.pem, ssl\.key\.pem"):
        configuration({**SERVERS, "ssl.key.pem": "k", "ssl.certificate.pem": "c"})


def test_an_address_family_is_left_to_librdkafka() -> None:
    with pytest.raises(NotHonouredError, match=r"broker\.address\.family"):
        configuration({**SERVERS, "broker.address.family": "v4"})


def test_socket_options_follow_librdkafkas_defaults() -> None:
    assert configuration(SERVERS)["socket_options"] == [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
    kept = {**SERVERS, "socket.keepalive.enable": "true", "socket.nagle.disable": "false"}
    assert configuration(kept)["socket_options"] == [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]


@pytest.mark.parametrize("name", sorted(ALLOWED.keys() - LIBRDKAFKA_ONLY))
def test_every_property_that_a_cluster_may_hold_is_mapped(name: str) -> None:
    configuration({**SERVERS, name: SAMPLES.get(name, "1000")})
