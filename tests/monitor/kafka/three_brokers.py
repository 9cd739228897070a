"""Three Apache Kafka brokers of a test's own; the first alone is the controller too."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from quickstart import java, kafka
from quickstart.child import Child, Program
from quickstart.probes import kafka_answers
from quickstart.supervisor import Supervisor
from tests.contracts.worlds import KafkaWorld
from tests.monitor.kafka.own_broker import free_ports
from tests.waiting import eventually

HEAP = "-Xmx320m"
NODES = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class ThreeBrokers:
    """`children` are the processes by node id; killing that of node 1 would stop the cluster."""

    servers: str
    children: dict[int, Child]


@contextmanager
def three_brokers(folder: Path, *, copies_of_commits: int = 3) -> Iterator[ThreeBrokers]:
    """Run as long as the block; for tests that are marked `kafka_jars`.

    `copies_of_commits` is on how many of them a group's commits are: with one, nobody takes a group
    over from a broker that is killed.
    """
    program, jars = java.find_java(os.environ), java.jars_folder(os.environ)
    assert program is not None
    controller_port, *ports = free_ports(4)
    supervisor, cluster_id = Supervisor(folder, lambda _: None), kafka.new_cluster_id()
    children: dict[int, Child] = {}
    try:
        for node, port in zip(NODES, ports, strict=True):
            properties = _properties(
                folder / str(node), node, port, controller_port, copies_of_commits
            )
            kafka.format_storage(
                supervisor, properties, java=program, jars=jars, cluster_id=cluster_id
            )
            started = _small(kafka.program(properties, java=program, jars=jars), node)
            children[node] = supervisor.start(started)
        for node, port in zip(NODES, ports, strict=True):
            supervisor.wait_until_ready(children[node], partial(kafka_answers, port), 60)
        yield ThreeBrokers(",".join(f"127.0.0.1:{port}" for port in ports), children)
    finally:
        supervisor.stop()


def commit_patiently(world: KafkaWorld, group: str, offsets: Mapping[tuple[str, int], int]) -> None:
    """Time-outs were seen while three brokers make their coordinators."""

    def is_done() -> bool:
        try:
            world.commit(group, offsets)
        except TimeoutError:
            return False
        return True

    assert eventually(is_done, within_seconds=60)


def _properties(
    folder: Path, node: int, port: int, controller_port: int, copies_of_commits: int
) -> Path:
    """Of two lines for one thing Java takes the latter."""
    folder.mkdir()
    usual = kafka.render_properties(
        port=port, controller_port=controller_port, data=folder / "records"
    )
    lines: dict[str, object] = {
        "node.id": node,
        "offsets.topic.replication.factor": copies_of_commits,
        # A killed broker's partitions get new leaders once its session is over.
        "broker.session.timeout.ms": 3000,
        "broker.heartbeat.interval.ms": 500,
    }
    if node != NODES[0]:
        lines["process.roles"] = "broker"
        lines["listeners"] = f"PLAINTEXT://127.0.0.1:{port}"
    path = folder / "server.properties"
    path.write_text(usual + "".join(f"{name}={value}\n" for name, value in lines.items()))
    return path


def _small(program: Program, node: int) -> Program:
    words = [HEAP if word.startswith("-Xmx") else word for word in program.argv]
    return replace(program, name=f"kafka-{node}", argv=tuple(words))
