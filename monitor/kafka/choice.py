"""The reader of a cluster: bulk where properties and brokers allow it, else librdkafka's."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from monitor.errors import ClusterUnreachableError, NotHonouredError
from monitor.kafka.bulk.reader import BulkReader
from monitor.kafka.confluent.reader import ConfluentReader
from monitor.kafka.ports import (
    Adapter,
    ClusterListing,
    ClusterReader,
    CommitColumns,
    Edge,
    GroupListing,
    Int64s,
    Membership,
    OffsetColumn,
    OpenTransaction,
    PartitionIndex,
    SizeColumn,
    TimedColumn,
    TopicDetail,
)

Answer = TypeVar("Answer")


class ChosenReader:
    """A `ClusterReader` that falls back for good, and says so, once bulk cannot be had.

    `properties` are librdkafka's, secrets resolved; not shared by fork. Raises ConfigurationError
    where they are refused.
    """

    def __init__(self, properties: Mapping[str, str], *, timeout_seconds: float) -> None:
        self._confluent = ConfluentReader(properties, timeout_seconds=timeout_seconds)
        self._reader: ClusterReader = self._confluent
        self._why_not_bulk = ""
        # After a silence a client may stay without connections, though the broker is back.
        self.is_doubtful = False
        try:
            self._reader = BulkReader(
                properties, timeout_seconds=timeout_seconds, slow=self._confluent
            )
        except NotHonouredError as problem:
            self._why_not_bulk = str(problem)

    @property
    def groups_a_call(self) -> int:
        return self._reader.groups_a_call

    def cluster(self) -> ClusterListing:
        listing = self._read(lambda reader: reader.cluster())
        adapter = Adapter.CONFLUENT if self._reader is self._confluent else Adapter.BULK
        return replace(listing, adapter=adapter, why_not_bulk=self._why_not_bulk)

    def groups(self) -> GroupListing:
        return self._read(lambda reader: reader.groups())

    def commits(self, names: Sequence[str], partitions: PartitionIndex) -> CommitColumns:
        return self._read(lambda reader: reader.commits(names, partitions))

    def offsets(self, positions: Int64s, partitions: PartitionIndex, edge: Edge) -> OffsetColumn:
        return self._read(lambda reader: reader.offsets(positions, partitions, edge))

    def first_since(
        self, positions: Int64s, partitions: PartitionIndex, since_ms: int
    ) -> TimedColumn:
        return self._read(lambda reader: reader.first_since(positions, partitions, since_ms))

    def log_sizes(self, positions: Int64s, partitions: PartitionIndex) -> SizeColumn:
        return self._read(lambda reader: reader.log_sizes(positions, partitions))

    def open_transactions(
        self, positions: Int64s, partitions: PartitionIndex
    ) -> list[OpenTransaction]:
        return self._read(lambda reader: reader.open_transactions(positions, partitions))

    def memberships(self, names: Sequence[str]) -> dict[str, Membership]:
        return self._read(lambda reader: reader.memberships(names))

    def topic_details(self, names: Sequence[str]) -> dict[str, TopicDetail]:
        return self._read(lambda reader: reader.topic_details(names))

    def topic_codes(self, names: Sequence[str]) -> dict[str, int]:
        return self._read(lambda reader: reader.topic_codes(names))

    def tells_timestamps(self, topic: str, partition: int) -> bool | None:
        return self._read(lambda reader: reader.tells_timestamps(topic, partition))

    def close(self) -> None:
        self._reader.close()

    def _read(self, question: Callable[[ClusterReader], Answer]) -> Answer:
        try:
            return self._once(question)
        except NotHonouredError as problem:
            self._why_not_bulk = str(problem)
            self._reader = self._confluent
            return self._once(question)

    def _once(self, question: Callable[[ClusterReader], Answer]) -> Answer:
        try:
            return question(self._reader)
        except ClusterUnreachableError:
            self.is_doubtful = True
            raise
