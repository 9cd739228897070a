"""Coordinators that move, or were never there: laid over a real cluster, and as a new broker is."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import KafkaError

from highwater_events.broker.base import TopicPartition
from monitor.errors import ClusterUnreachableError
from monitor.kafka.confluent.offsets import ConfluentOffsets
from tests.contracts.replay_worlds import KafkaWorld
from tests.monitor.kafka.own_broker import sasl_broker

pytestmark = pytest.mark.kafka

ROOT = Path(__file__).resolve().parents[3]
ASK_FOR_A_GROUP = """
import sys
from monitor.kafka.confluent.offsets import ConfluentOffsets

offsets = ConfluentOffsets({"bootstrap.servers": sys.argv[1]}, timeout_seconds=30)
print(%s)
"""


class CoordinatorMoves(ConfluentOffsets):
    """Its coordinator has moved away for so many questions for it or alterations of partition 1."""

    moves = 0

    def _describe_once(self, group: str) -> tuple[Any, int]:
        if self.moves:
            self.moves -= 1
            return None, KafkaError.NOT_COORDINATOR
        return super()._describe_once(group)

    def _alter_once(
        self, group: str, offsets: Mapping[TopicPartition, int]
    ) -> dict[TopicPartition, int]:
        failed = super()._alter_once(group, offsets)
        if self.moves:
            self.moves -= 1
            failed |= {each: KafkaError.NOT_COORDINATOR for each in offsets if each.partition == 1}
        return failed


@pytest.fixture
def offsets(bootstrap_servers: str) -> Iterator[CoordinatorMoves]:
    opened = CoordinatorMoves({"bootstrap.servers": bootstrap_servers}, timeout_seconds=2)
    yield opened
    opened.close()


@pytest.fixture
def topic(bootstrap_servers: str, unique: str) -> Iterator[str]:
    world = KafkaWorld(bootstrap_servers)
    world.create_topic(f"replay-{unique}", 2)
    yield f"replay-{unique}"
    world.close()


def test_an_alteration_waits_for_a_coordinator_that_moves(
    offsets: CoordinatorMoves, topic: str
) -> None:
    offsets.moves = 2
    wanted = {TopicPartition(topic, 0): 0, TopicPartition(topic, 1): 0}
    assert offsets.alter(topic, wanted) == {}
    assert offsets.committed(topic) == wanted


def test_a_coordinator_that_stays_away_is_said_in_words(
    offsets: CoordinatorMoves, topic: str
) -> None:
    offsets.moves = 1_000
    failed = offsets.alter(topic, {TopicPartition(topic, 0): 0, TopicPartition(topic, 1): 0})
    assert failed == {TopicPartition(topic, 1): "the coordinator has moved"}


def test_commits_are_asked_for_once_the_coordinator_is_there(
    offsets: CoordinatorMoves, topic: str
) -> None:
    wanted = {TopicPartition(topic, 0): 0}
    assert offsets.alter(topic, wanted) == {}
    offsets.moves = 2
    assert offsets.committed(topic) == wanted
    offsets.moves = 1_000
    with pytest.raises(ClusterUnreachableError, match="the coordinator has moved"):
        offsets.committed(topic)


@pytest.mark.apache_kafka
def test_a_group_is_told_once_its_coordinator_is_there(offsets: CoordinatorMoves) -> None:
    offsets.moves = 2
    assert offsets.group("nobody").state == "Dead"


@pytest.mark.kafka_jars
@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("offsets.committed('nobody')", "{}\n"),
        ("offsets.group('nobody').state", "Dead\n"),
    ],
)
def test_a_broker_that_never_had_a_group_is_asked_for_one_and_nothing_crashes(
    tmp_path: Path, question: str, told: str
) -> None:
    with sasl_broker(tmp_path) as broker:
        # In a process of its own, for it is the process that a crash ends.
        words = [sys.executable, "-c", ASK_FOR_A_GROUP % question, broker.open_servers]
        asked = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (asked.returncode, asked.stdout) == (0, told), asked.stderr
