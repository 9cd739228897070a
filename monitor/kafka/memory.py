"""The in-memory twin of a cluster: for tests, and for trying the monitor without Kafka.

What a real cluster does to a reader can be done to this one: it can fall silent, list only some
groups, lose a leader, refuse a group, forbid a topic, and keep things to itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from monitor.errors import ClusterUnreachableError
from monitor.kafka.codes import CLUSTER_DENIED, FORBIDDEN_TOPIC, NO_LEADER, NO_SUCH_TOPIC
from monitor.kafka.ports import (
    UNKNOWN,
    ClusterListing,
    CommitColumns,
    Edge,
    GroupListing,
    Int16s,
    Int64s,
    ListedGroup,
    Member,
    Membership,
    OffsetColumn,
    OpenTransaction,
    PartitionIndex,
    SizeColumn,
    TimedColumn,
    TopicDetail,
)


@dataclass(slots=True)
class MemoryPartition:
    """A log's edges. `stable_end` follows `log_end` unless a transaction is open.

    `times_ms` has the offset and the timestamp of records; those it lacks have none.
    """

    log_start: int = 0
    log_end: int = 0
    open_since: int | None = None
    record_bytes: int = 100
    has_leader: bool = True
    times_ms: dict[int, int] = field(default_factory=dict)

    @property
    def size_bytes(self) -> int:
        return (self.log_end - self.log_start) * self.record_bytes

    def first_since(self, since_ms: int) -> tuple[int, int]:
        for offset, time_ms in sorted(self.times_ms.items()):
            if offset >= self.log_start and time_ms >= since_ms:
                return offset, time_ms
        return UNKNOWN, UNKNOWN

    def edge(self, edge: Edge) -> int:
        if edge is Edge.LOG_START:
            return self.log_start
        if edge is Edge.STABLE_END and self.open_since is not None:
            return self.open_since
        return self.log_end


@dataclass(slots=True)
class MemoryGroup:
    """A group; `error` is what a read of its commits ends with."""

    commits: dict[tuple[str, int], int] = field(default_factory=dict)
    members: tuple[Member, ...] = ()
    error: int = 0
    is_listed: bool = True

    @property
    def state(self) -> str:
        return "Stable" if self.members else "Empty"


@dataclass
class MemoryCluster:
    """The cluster's truth; readers of it are made by `MemoryReader(cluster)`."""

    topics: dict[str, list[MemoryPartition]] = field(default_factory=dict)
    details: dict[str, TopicDetail] = field(default_factory=dict)
    groups: dict[str, MemoryGroup] = field(default_factory=dict)
    forbidden: set[str] = field(default_factory=set)  # names of topics, there or not
    is_silent: bool = False
    listing_is_complete: bool = True
    tells_members: bool = True
    timestamps: bool = True
    tells_log_sizes: bool = True
    tells_producers: bool = True

    def create_topic(self, name: str, partitions: int) -> None:
        self.topics[name] = [MemoryPartition() for _ in range(partitions)]

    def append(self, topic: str, partition: int, records: int) -> None:
        self.topics[topic][partition].log_end += records

    def append_at(self, topic: str, partition: int, times_ms: Sequence[int]) -> None:
        log = self.topics[topic][partition]
        log.times_ms.update(enumerate(times_ms, start=log.log_end))
        log.log_end += len(times_ms)

    def delete_records(self, topic: str, partition: int, before: int) -> None:
        self.topics[topic][partition].log_start = before

    def commit(self, group: str, offsets: Mapping[tuple[str, int], int]) -> None:
        self.groups.setdefault(group, MemoryGroup()).commits.update(offsets)


class MemoryReader:
    """A `ClusterReader` over a `MemoryCluster`."""

    groups_a_call = 128

    def __init__(self, cluster: MemoryCluster) -> None:
        self._cluster = cluster

    def cluster(self) -> ClusterListing:
        topics = self._reach().topics
        names = sorted(topics.keys() - self._cluster.forbidden)
        counts = [len(topics[name]) for name in names]
        leaders = [one.has_leader for name in names for one in topics[name]]
        index = PartitionIndex(
            tuple(names), np.array(counts, dtype=np.int32), np.array(leaders, dtype=np.bool_)
        )
        details = self._cluster.details.items()
        ids = {name: one.kafka_topic_id for name, one in details if one.kafka_topic_id}
        return ClusterListing("memory", 1, index, topic_ids=ids)

    def groups(self) -> GroupListing:
        cluster = self._reach()
        listed = tuple(
            ListedGroup(name, group.state if cluster.tells_members else "", "classic")
            for name, group in cluster.groups.items()
            if group.is_listed
        )
        errors = () if cluster.listing_is_complete else ("A broker did not answer.",)
        return GroupListing(listed, cluster.listing_is_complete, errors)

    def commits(self, names: Sequence[str], partitions: PartitionIndex) -> CommitColumns:
        groups, forbidden = self._reach().groups, self._cluster.forbidden
        found = [groups.get(name, MemoryGroup()) for name in names]
        rows = [
            (index, position, offset)
            for index, group in enumerate(found)
            if not group.error
            for place, offset in group.commits.items()
            if place[0] not in forbidden and (position := partitions.position(*place)) is not None
        ]
        columns = np.array(rows, dtype=np.int64).reshape(-1, 3)
        return CommitColumns(
            group=columns[:, 0].astype(np.int32),
            partition=columns[:, 1],
            offset=columns[:, 2],
            error=np.zeros(len(rows), dtype=np.int16),
            group_error=np.array([group.error for group in found], dtype=np.int16),
        )

    def offsets(self, positions: Int64s, partitions: PartitionIndex, edge: Edge) -> OffsetColumn:
        logs, error = self._logs(partitions), self._errors(positions, partitions)
        offset = np.array([logs[position].edge(edge) for position in positions], dtype=np.int64)
        return OffsetColumn(np.where(error == 0, offset, UNKNOWN), error)

    def first_since(
        self, positions: Int64s, partitions: PartitionIndex, since_ms: int
    ) -> TimedColumn:
        logs, error = self._logs(partitions), self._errors(positions, partitions)
        found = [logs[position].first_since(since_ms) for position in positions]
        columns = np.array(found, dtype=np.int64).reshape(-1, 2)
        columns[error != 0] = UNKNOWN
        return TimedColumn(columns[:, 0], columns[:, 1], error)

    def log_sizes(self, positions: Int64s, partitions: PartitionIndex) -> SizeColumn:
        logs, error = self._logs(partitions), self._errors(positions, partitions)
        if not self._cluster.tells_log_sizes:
            error[:] = CLUSTER_DENIED
        size = np.array([logs[position].size_bytes for position in positions], dtype=np.int64)
        return SizeColumn(np.where(error == 0, size, UNKNOWN), error)

    def open_transactions(
        self, positions: Int64s, partitions: PartitionIndex
    ) -> list[OpenTransaction]:
        logs = self._logs(partitions)
        return [
            OpenTransaction(position, 7, 0, since, UNKNOWN)
            for position in positions.tolist()
            if (since := logs[position].open_since) is not None and self._cluster.tells_producers
        ]

    def memberships(self, names: Sequence[str]) -> dict[str, Membership]:
        cluster = self._reach()
        found = {name: cluster.groups[name] for name in names if name in cluster.groups}
        return {
            name: Membership(
                group.state if cluster.tells_members else "",
                "range",
                "memory:9092",
                group.members if cluster.tells_members else None,
            )
            for name, group in found.items()
        }

    def topic_details(self, names: Sequence[str]) -> dict[str, TopicDetail]:
        known = self._reach().details
        return {name: known.get(name, TopicDetail()) for name in names}

    def topic_codes(self, names: Sequence[str]) -> dict[str, int]:
        topics, forbidden = self._reach().topics, self._cluster.forbidden
        absent = {name: NO_SUCH_TOPIC for name in names if name not in topics}
        denied = dict.fromkeys(forbidden.intersection(names), FORBIDDEN_TOPIC)
        return dict.fromkeys(names, 0) | absent | denied

    def tells_timestamps(self, topic: str, partition: int) -> bool | None:
        return self._reach().timestamps

    def close(self) -> None: ...

    def _logs(self, partitions: PartitionIndex) -> list[MemoryPartition]:
        topics = self._reach().topics
        counts = zip(partitions.topics, partitions.counts.tolist(), strict=True)
        return [
            log
            for name, count in counts
            for log in topics.get(name) or [MemoryPartition() for _ in range(count)]
        ]

    def _errors(self, positions: Int64s, partitions: PartitionIndex) -> Int16s:
        names = [partitions.topics[topic] for topic in partitions.topic_of[positions].tolist()]
        is_forbidden = np.array([name in self._cluster.forbidden for name in names], dtype=np.bool_)
        error = np.where(is_forbidden, FORBIDDEN_TOPIC, 0)
        return np.where(partitions.has_leader[positions], error, NO_LEADER).astype(np.int16)

    def _reach(self) -> MemoryCluster:
        if self._cluster.is_silent:
            raise ClusterUnreachableError("No broker of memory answers: it was told to be silent.")
        return self._cluster
