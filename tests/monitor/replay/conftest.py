"""A real cluster with a topic whose records lie a minute apart in the past."""

from collections.abc import Iterator, Sequence

import pytest
from confluent_kafka import Consumer
from confluent_kafka import TopicPartition as ClientPartition

from highwater_events.broker.base import OutgoingRecord, TopicPartition
from monitor.models import Cluster
from monitor.values import Actor
from tests.contracts.replay_worlds import KafkaWorld

MARCH_MS = 1_772_366_400_000  # 2026-03-01T12:00:00Z
ANNA = Actor("anna", 7, "api")


@pytest.fixture
def world(bootstrap_servers: str) -> Iterator[KafkaWorld]:
    opened = KafkaWorld(bootstrap_servers)
    yield opened
    opened.close()


@pytest.fixture
def cluster(db: None, bootstrap_servers: str) -> Cluster:
    return Cluster.objects.create(
        name="prod-eu", bootstrap_servers=bootstrap_servers, sample_interval_seconds=1
    )


def records_of(topic: str, numbers: Sequence[int], *, partitions: int = 2) -> list[OutgoingRecord]:
    """Number n is written to partition n % partitions, n minutes after MARCH_MS."""
    return [
        OutgoingRecord(
            topic,
            key=b"k%d" % number,
            value=b"v%d" % number,
            timestamp_ms=MARCH_MS + number * 60_000,
            partition=number % partitions,
        )
        for number in numbers
    ]


@pytest.fixture
def orders(world: KafkaWorld, unique: str) -> str:
    """Twenty records, ten in each of two partitions."""
    topic = f"replay-{unique}"
    world.create_topic(topic, 2, retention_ms="-1")
    world.write(records_of(topic, range(20)))
    return topic


@pytest.fixture
def copies(world: KafkaWorld, unique: str) -> str:
    """An empty target."""
    topic = f"replay-{unique}-copies"
    world.create_topic(topic, 2, retention_ms="-1")
    return topic


@pytest.fixture
def billing(world: KafkaWorld, orders: str, unique: str) -> str:
    """A stopped group that has read all of `orders`."""
    group = f"replay-{unique}-billing"
    assert not world.offsets.alter(
        group, {TopicPartition(orders, 0): 10, TopicPartition(orders, 1): 10}
    )
    return group


def commit_by_assign(world: KafkaWorld, group: str, topic: str, offset: int) -> None:
    """What a consumer does that uses assign(): it commits without being a member."""
    consumer = Consumer({**world.properties, "group.id": group, "enable.auto.commit": False})
    consumer.assign([ClientPartition(topic, 0, offset)])
    consumer.commit(offsets=[ClientPartition(topic, 0, offset)], asynchronous=False)
    consumer.close()
