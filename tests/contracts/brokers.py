"""What the suite does with brokers: send, read, wait, and listen to what a group is told."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from highwater_events.broker.base import (
    Broker,
    Consumer,
    Delivery,
    OutgoingRecord,
    Record,
    TopicPartition,
)

# Longer than the clients' own refreshing of what topics there are.
PATIENCE_SECONDS = 60.0


@dataclass
class Listener:
    """Remembers what a consumer was told, in order."""

    told: list[tuple[str, list[TopicPartition]]] = field(default_factory=list)
    on_revoke: Callable[[Sequence[TopicPartition]], None] = lambda partitions: None

    def on_assigned(self, partitions: Sequence[TopicPartition]) -> None:
        self.told.append(("assigned", list(partitions)))

    def on_revoked(self, partitions: Sequence[TopicPartition]) -> None:
        self.told.append(("revoked", list(partitions)))
        self.on_revoke(partitions)

    def on_lost(self, partitions: Sequence[TopicPartition]) -> None:
        self.told.append(("lost", list(partitions)))

    def words(self) -> list[str]:
        return [word for word, _ in self.told]


def send(broker: Broker, *records: OutgoingRecord) -> list[Delivery]:
    producer, deliveries = broker.producer(), list[Delivery]()
    for record in records:
        producer.send(record, deliveries.append)
    assert producer.flush(PATIENCE_SECONDS) == 0
    producer.close()
    return deliveries


def read(consumer: Consumer, count: int, *others: Consumer) -> list[Record]:
    """Poll until `count` records came; other members are kept alive meanwhile."""
    records: list[Record] = []
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(records) < count:
        assert time.monotonic() < deadline, f"{len(records)} of {count} records came"
        records += consumer.poll(0.2)
        for other in others:
            assert other.poll(0) == []
    return records


def wait_until(condition: Callable[[], bool], *consumers: Consumer) -> list[Record]:
    """Poll all until the condition holds; returns what they read."""
    records: list[Record] = []
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "the condition never came true"
        for consumer in consumers:
            records += consumer.poll(0.1)
    return records


def one_each(topic: str, partitions: int = 4) -> list[OutgoingRecord]:
    return [OutgoingRecord(topic, b"k", b"v", partition=number) for number in range(partitions)]
