"""Apache Kafka in KRaft mode: one process that is broker and controller, its records on disk."""

import base64
import contextlib
import json
import resource
import uuid
from pathlib import Path

from quickstart.child import Program
from quickstart.state import State, write_private
from quickstart.supervisor import Supervisor

LOG4J = Path(__file__).with_name("log4j2.properties")
# Without a locale Java takes the name of a folder such as /home/josé for question marks.
_ENVIRONMENT = {"LC_ALL": "C.UTF-8"}
_OPEN_FILES = (65_536, 10_240)


def render_properties(*, port: int, controller_port: int, data: Path) -> str:
    """`server.properties` of a broker that is small, alone and on this machine only."""
    lines = {
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.quorum.voters": f"1@127.0.0.1:{controller_port}",
        "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "PLAINTEXT",
        "log.dirs": data,
        # A typing error in a topic's name must be an error, not a new topic.
        "auto.create.topics.enable": "false",
        # Every topic-partition costs open files and start-up time; these are enough for one broker.
        "offsets.topic.num.partitions": 8,
        "offsets.topic.replication.factor": 1,
        "transaction.state.log.num.partitions": 4,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "share.coordinator.state.topic.num.partitions": 1,
        "share.coordinator.state.topic.replication.factor": 1,
        "share.coordinator.state.topic.min.isr": 1,
        "group.initial.rebalance.delay.ms": 0,
    }
    return "".join(f"{key}={_escaped(str(value))}\n" for key, value in lines.items())


def _escaped(value: str) -> str:
    """As Java reads properties: in Latin-1, all else in the escapes that JSON has from it."""
    return json.dumps(value)[1:-1]


def new_cluster_id() -> str:
    """A random id in Kafka's form: 16 bytes in base64, without padding and no leading dash."""
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not text.startswith("-"):
            return text


def prepare(state: State, *, port: int, controller_port: int) -> Path:
    """Write the properties for this start's ports; returns their path."""
    folder = state.subfolder("kafka")
    properties = folder / "server.properties"
    write_private(
        properties,
        render_properties(port=port, controller_port=controller_port, data=folder / "records"),
    )
    return properties


def format_storage(
    supervisor: Supervisor, properties: Path, *, java: Path, jars: Path, cluster_id: str = ""
) -> None:
    """Make the log folder at the first start; brokers of one cluster are given one id."""
    if (properties.parent / "records" / "meta.properties").exists():
        return
    words = ("format", "--cluster-id", cluster_id or new_cluster_id(), "--config", str(properties))
    supervisor.run(
        Program(
            name="kafka-format",
            argv=(*_java(java, jars, heap="128m"), "kafka.tools.StorageTool", *words),
            env=_ENVIRONMENT,
            stage="kafka",
            cwd=properties.parent,
        )
    )


def program(properties: Path, *, java: Path, jars: Path) -> Program:
    _raise_open_files()
    return Program(
        name="kafka",
        argv=(*_java(java, jars, heap="1g"), "kafka.Kafka", str(properties)),
        env=_ENVIRONMENT,
        stage="kafka",
        cwd=properties.parent,
        stop_seconds=30.0,
    )


def _java(java: Path, jars: Path, *, heap: str) -> tuple[str, ...]:
    return (
        *(str(java), f"-Xmx{heap}", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError"),
        *(f"-Dlog4j2.configurationFile={LOG4J}", "-cp", f"{jars}/*"),
    )


def _raise_open_files() -> None:
    """Each partition holds some files open; 20,000 of them carry about 18,000 partitions.

    macOS names no hard limit, and still refuses more than the kernel gives one process.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for wanted in _OPEN_FILES:
        with contextlib.suppress(ValueError, OSError):
            most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
            resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))
            return
