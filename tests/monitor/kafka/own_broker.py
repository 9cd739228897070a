"""An Apache Kafka of a test's own, which asks for a user and a password by SASL."""

import os
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from confluent_kafka.admin import (  # type: ignore[attr-defined] # documented, not in __all__
    AdminClient,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from quickstart import java, kafka
from quickstart.probes import kafka_answers
from quickstart.supervisor import Supervisor
from tests.contracts.worlds import KafkaWorld

USER = "highwater"
PASSWORD = "opened-by-sesame-41"
SECRET = "HIGHWATER_SECRET_SASL_TEST"  # where a test's environment holds the password
HEAP = "-Xmx384m"
ACLS = (
    "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer\n"
    "super.users=User:ANONYMOUS\n"
)
KEYSTORE = "broker.p12"
KEYSTORE_PASSWORD = "a-lock-of-tests-9"


@dataclass(frozen=True, slots=True)
class SaslBroker:
    """Three doors of one broker: an open one to arrange by, and those under test."""

    open_servers: str
    sasl_servers: str
    sasl_ssl_servers: str
    certificate: str  # PEM, signed by itself


@contextmanager
def sasl_broker(
    folder: Path, *, has_acls: bool = False, more_properties: str = ""
) -> Iterator[SaslBroker]:
    """Runs as long as the block; for tests that are marked `kafka_jars`.

    With `has_acls` the user may do nothing until an ACL lets it; the open door may do all.
    """
    program, jars = java.find_java(os.environ), java.jars_folder(os.environ)
    assert program is not None
    ports = free_ports(4)
    properties = folder / "server.properties"
    properties.write_text(_properties(folder, ports) + (ACLS if has_acls else "") + more_properties)
    opened, sasl, sasl_ssl = (f"127.0.0.1:{port}" for port in ports[:3])
    broker = SaslBroker(opened, sasl, sasl_ssl, _certificate(program, folder))
    supervisor = Supervisor(folder, lambda _: None)
    try:
        kafka.format_storage(supervisor, properties, java=program, jars=jars)
        started = kafka.program(properties, java=program, jars=jars)
        words = [HEAP if word.startswith("-Xmx") else word for word in started.argv]
        own = replace(started, argv=tuple(words))
        supervisor.start(own, is_ready=lambda: kafka_answers(ports[0]))
        _let_in_by_scram(broker)
        yield broker
    finally:
        supervisor.stop()


@contextmanager
def broker_with_lag(folder: Path) -> Iterator[SaslBroker]:
    """Where the group `billing` is four records behind in `orders`."""
    with sasl_broker(folder) as broker:
        world = KafkaWorld(broker.open_servers)
        world.create_topic("orders", 1)
        world.append("orders", 0, 9)
        world.commit("billing", {("orders", 0): 5})
        yield broker


def _properties(folder: Path, ports: Sequence[int]) -> str:
    """Of two lines for one thing Java takes the latter."""
    open_port, sasl_port, sasl_ssl_port, controller_port = ports
    usual = kafka.render_properties(
        port=open_port, controller_port=controller_port, data=folder / "records"
    )
    doors = (
        f"PLAINTEXT://127.0.0.1:{open_port},SASL://127.0.0.1:{sasl_port}"
        f",SASLSSL://127.0.0.1:{sasl_ssl_port}"
    )
    lines = {
        "listeners": f"{doors},CONTROLLER://127.0.0.1:{controller_port}",
        "advertised.listeners": doors,
        "listener.security.protocol.map": (
            "PLAINTEXT:PLAINTEXT,SASL:SASL_PLAINTEXT,SASLSSL:SASL_SSL,CONTROLLER:PLAINTEXT"
        ),
        **_logins("sasl"),
        **_logins("saslssl"),
        "listener.name.saslssl.ssl.keystore.type": "PKCS12",
        "listener.name.saslssl.ssl.keystore.location": folder / KEYSTORE,
        "listener.name.saslssl.ssl.keystore.password": KEYSTORE_PASSWORD,
    }
    return usual + "".join(f"{name}={value}\n" for name, value in lines.items())


def _logins(listener: str) -> dict[str, str]:
    own, modules = f"listener.name.{listener}", "org.apache.kafka.common.security"
    return {
        f"{own}.sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256",
        f"{own}.plain.sasl.jaas.config": (
            f'{modules}.plain.PlainLoginModule required user_{USER}="{PASSWORD}";'
        ),
        f"{own}.scram-sha-256.sasl.jaas.config": f"{modules}.scram.ScramLoginModule required;",
    }


def _certificate(java_program: Path, folder: Path) -> str:
    """Make the broker's key; returns its certificate."""
    tool = str(java_program.resolve().with_name("keytool"))
    store = ("-alias", "broker", "-keystore", str(folder / KEYSTORE), "-storepass:env", "STOREPASS")
    make = ("-genkeypair", "-storetype", "PKCS12", "-keyalg", "RSA", "-dname", "CN=broker")
    environ = {**os.environ, "STOREPASS": KEYSTORE_PASSWORD}

    def call(*words: str) -> str:
        return subprocess.run(
            [tool, *words, *store], env=environ, capture_output=True, text=True, check=True
        ).stdout

    call(*make, "-ext", "san=ip:127.0.0.1")
    return call("-exportcert", "-rfc")


def _let_in_by_scram(broker: SaslBroker) -> None:
    credential = UserScramCredentialUpsertion(
        USER, ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4096), PASSWORD.encode()
    )
    admin = AdminClient({"bootstrap.servers": broker.open_servers})
    for future in admin.alter_user_scram_credentials([credential]).values():
        future.result(30)


def free_ports(count: int) -> list[int]:
    with ExitStack() as held:
        sockets = [
            held.enter_context(closing(socket.create_server(("127.0.0.1", 0))))
            for _ in range(count)
        ]
        return [int(one.getsockname()[1]) for one in sockets]
