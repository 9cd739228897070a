"""Two clusters that a test of replays can arrange alike: a real one, and the in-memory twin."""

import time
from collections.abc import Callable, Sequence
from typing import Protocol

from confluent_kafka import Consumer, Producer
from confluent_kafka import TopicPartition as ClientPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined] # documented, not in __all__
    AdminClient,
    NewTopic,
)

from highwater_events.broker.base import OutgoingRecord, Record, TopicPartition
from monitor.kafka.confluent.copier import ConfluentCopier
from monitor.kafka.confluent.log_reader import LogReader
from monitor.kafka.confluent.offsets import ConfluentOffsets
from monitor.kafka.replay_memory import MemoryCluster, MemoryCopier, MemoryOffsets, with_members
from monitor.kafka.replay_ports import Copier, CopyOrder, LogBounds, OffsetRange, ReplayOffsets
from tests.contracts.topics import create_topic

PATIENCE_SECONDS = 30.0


class ReplayWorld(Protocol):
    offsets: ReplayOffsets

    def create_topic(self, name: str, partitions: int, **config: str) -> None: ...

    def write(self, records: Sequence[OutgoingRecord]) -> None: ...

    def read(self, topic: str) -> list[Record]:
        """All committed records, partition by partition in log order."""

    def delete_before(self, place: TopicPartition, offset: int) -> None: ...

    def join(self, group: str, topic: str) -> None:
        """Make a consumer a member of the group, until the world closes."""

    def copier(self, order: CopyOrder) -> Copier: ...

    def close(self) -> None: ...


class MemoryWorld:
    def __init__(self) -> None:
        self.cluster = MemoryCluster()
        self.offsets: ReplayOffsets = MemoryOffsets(self.cluster)

    def create_topic(self, name: str, partitions: int, **config: str) -> None:
        self.cluster.create(name, partitions)

    def write(self, records: Sequence[OutgoingRecord]) -> None:
        for record in records:
            self.cluster.append(record)

    def read(self, topic: str) -> list[Record]:
        return [record for log in self.cluster.log_of(topic) for record in log]

    def delete_before(self, place: TopicPartition, offset: int) -> None:
        self.cluster.log_starts[place] = offset

    def join(self, group: str, topic: str) -> None:
        reading = self.offsets.group(group)
        self.cluster.groups[group] = with_members(reading, "reader at 127.0.0.1")

    def copier(self, order: CopyOrder) -> Copier:
        return MemoryCopier(self.cluster, order)

    def close(self) -> None:
        """Nothing is held."""


class KafkaWorld:
    def __init__(self, bootstrap_servers: str) -> None:
        self.properties = {"bootstrap.servers": bootstrap_servers}
        self.offsets: ReplayOffsets = ConfluentOffsets(self.properties)
        self._admin = AdminClient({**self.properties})
        self._closing: list[Callable[[], None]] = []
        self._topics: list[str] = []

    def create_topic(self, name: str, partitions: int, **config: str) -> None:
        settings = {key.replace("_", "."): value for key, value in config.items()}
        create_topic(self._admin, NewTopic(name, partitions, 1, config=settings))
        self._topics.append(name)

    def write(self, records: Sequence[OutgoingRecord]) -> None:
        producer = Producer({**self.properties, "partitioner": "murmur2_random"})
        for record in records:
            producer.produce(
                record.topic,
                record.value,
                record.key,
                -1 if record.partition is None else record.partition,
                timestamp=record.timestamp_ms or 0,
                headers=list(record.headers),
            )
        assert producer.flush(PATIENCE_SECONDS) == 0

    def read(self, topic: str) -> list[Record]:
        bounds = self._settled(topic)
        reader = LogReader(self.properties, committed_only=True)
        reader.assign(
            {each: OffsetRange(found.log_start, found.log_end) for each, found in bounds.items()}
        )
        records: list[Record] = []
        deadline = time.monotonic() + PATIENCE_SECONDS
        while reader.unfinished and time.monotonic() < deadline:
            if found := reader.poll(5000, 0.2):
                records += found
                deadline = time.monotonic() + PATIENCE_SECONDS
        reader.close()
        assert not reader.unfinished, f"{topic} was not read to its end in time"
        return sorted(records, key=lambda record: (record.partition, record.offset))

    def _settled(self, topic: str) -> dict[TopicPartition, LogBounds]:
        """The bounds once no transaction is open: a commit returns before its markers are there."""
        partitions = range(self.offsets.topic(topic).partitions)
        places = [TopicPartition(topic, number) for number in partitions]
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            bounds = self.offsets.bounds(places)
            if all(found.stable_end == found.log_end for found in bounds.values()):
                return bounds
            time.sleep(0.02)
        raise AssertionError(f"{topic} still has an open transaction")

    def delete_before(self, place: TopicPartition, offset: int) -> None:
        for future in self._admin.delete_records([ClientPartition(*place, offset)]).values():
            future.result(10)

    def join(self, group: str, topic: str) -> None:
        consumer = Consumer({**self.properties, "group.id": group, "client.id": "reader"})
        self._closing.append(consumer.close)
        consumer.subscribe([topic])
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not consumer.assignment() and time.monotonic() < deadline:
            consumer.poll(0.1)

    def copier(self, order: CopyOrder) -> Copier:
        return ConfluentCopier(self.properties, order)

    def close(self) -> None:
        for close in self._closing:
            close()
        self.offsets.close()
        for future in self._admin.delete_topics(self._topics).values() if self._topics else ():
            future.result(10)
