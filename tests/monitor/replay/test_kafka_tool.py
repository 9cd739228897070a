"""Our plans against Kafka's own `kafka-consumer-groups --reset-offsets`, scenario by scenario."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from highwater_events.broker.base import TopicPartition
from monitor.replay import rewind
from monitor.replay.command_line import reset_arguments, reset_csv
from monitor.replay.requests import RewindRequest, RewindTo
from quickstart.java import find_java, jars_folder
from tests.contracts.replay_worlds import KafkaWorld

RequestOf = Callable[[str, str], RewindRequest]

TOOL = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"

pytestmark = [pytest.mark.apache_kafka, pytest.mark.django_db]

JAVA, JARS = find_java(os.environ), jars_folder(os.environ)


def tool(bootstrap_servers: str, *arguments: str) -> set[str]:
    """What the tool prints, as a set: its order comes from hash maps, warnings stand between."""
    done = subprocess.run(
        [
            *(str(JAVA), "-cp", f"{JARS}/*", "-XX:TieredStopAtLevel=1", TOOL),
            *("--bootstrap-server", bootstrap_servers, *arguments),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return set(done.stdout.splitlines())


def our_csv(world: KafkaWorld, request: RewindRequest) -> str:
    made = rewind.make_plan(
        world.offsets, request, bootstrap_servers="kafka:9092", tells_members=True
    )
    return reset_csv(made.rows)


@pytest.mark.kafka_jars
@pytest.mark.parametrize(
    "request_of",
    [
        lambda group, topic: RewindRequest(group, RewindTo.EARLIEST),
        lambda group, topic: RewindRequest(group, RewindTo.LATEST, {topic: (1,)}),
        lambda group, topic: RewindRequest(group, RewindTo.OFFSET, {topic: ()}, offset=7),
        lambda group, topic: RewindRequest(group, RewindTo.SHIFT_BY, shift_by=-3),
        lambda group, topic: RewindRequest(group, RewindTo.DATETIME, at="2026-03-01T12:10:30"),
        lambda group, topic: RewindRequest(group, RewindTo.DATETIME, at="2026-03-01T12:18:30Z"),
    ],
    ids=["earliest", "latest", "offset, clamped", "shift-by", "datetime", "datetime, none so late"],
)
def test_a_plan_is_what_the_tool_would_do(
    world: KafkaWorld, billing: str, orders: str, bootstrap_servers: str, request_of: RequestOf
) -> None:
    world.delete_before(TopicPartition(orders, 0), 8)
    request = request_of(billing, orders)
    said = tool(bootstrap_servers, *reset_arguments(request), "--dry-run", "--export")
    assert set(our_csv(world, request).splitlines()) == {
        line for line in said if line.startswith(orders)
    }


@pytest.mark.kafka_jars
def test_the_tool_accepts_our_csv(
    world: KafkaWorld, billing: str, orders: str, bootstrap_servers: str, tmp_path: Path
) -> None:
    csv = tmp_path / "plan.csv"
    csv.write_text(our_csv(world, RewindRequest(billing, RewindTo.SHIFT_BY, shift_by=-4)))
    command = ("--group", billing, "--reset-offsets", "--from-file", str(csv), "--execute")
    tool(bootstrap_servers, *command)
    assert world.offsets.committed(billing) == {
        TopicPartition(orders, 0): 6,
        TopicPartition(orders, 1): 6,
    }
