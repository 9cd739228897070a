"""The port through which a cluster is read: columns over a catalogue, never objects per partition.

A partition is a position in `PartitionIndex`, a group is its index in the sequence of names that
was asked for. Offsets are int64, `UNKNOWN` where nothing is known; errors are int16 codes
(`monitor.kafka.codes`), 0 where all is well. One bad group or partition never raises: it is an
error in its row. Only a cluster of which nobody answers raises ClusterUnreachableError.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt

from monitor.values import MEMBERLESS_STATES

Int64s = npt.NDArray[np.int64]
Int32s = npt.NDArray[np.int32]
Int16s = npt.NDArray[np.int16]
Bools = npt.NDArray[np.bool_]

UNKNOWN = -1


class Edge(Enum):
    """Which offset of a partition is meant."""

    LOG_START = "log_start"
    LOG_END = "log_end"
    STABLE_END = "stable_end"


class Adapter(StrEnum):
    """Through which client a cluster is read."""

    BULK = "bulk"
    CONFLUENT = "confluent"


@dataclass(frozen=True)
class PartitionIndex:
    """All partitions of a cluster in a row: topic by topic, each from partition 0 up."""

    topics: tuple[str, ...]
    counts: Int32s
    has_leader: Bools

    @cached_property
    def first(self) -> Int64s:
        """Position of each topic's partition 0, and the total as the last entry."""
        return np.concatenate(([0], np.cumsum(self.counts, dtype=np.int64)))

    @cached_property
    def topic_of(self) -> Int32s:
        """Index of each position's topic."""
        return np.repeat(np.arange(len(self.topics), dtype=np.int32), self.counts)

    @cached_property
    def number_of(self) -> Int64s:
        """Partition number at each position."""
        return np.arange(len(self), dtype=np.int64) - self.first[self.topic_of]

    @cached_property
    def topic_index(self) -> Mapping[str, int]:
        return {name: index for index, name in enumerate(self.topics)}

    def __len__(self) -> int:
        return int(self.first[-1])

    def position(self, topic: str, partition: int) -> int | None:
        """Where a partition stands; None if the catalogue does not hold it."""
        index = self.topic_index.get(topic)
        if index is None or not 0 <= partition < self.counts[index]:
            return None
        return int(self.first[index]) + partition

    def with_topics(self, counts: Mapping[str, int]) -> "PartitionIndex":
        """With topics behind the others, whose leaders nobody told; all positions stay."""
        return PartitionIndex(
            (*self.topics, *counts),
            np.concatenate((self.counts, np.array(list(counts.values()), dtype=np.int32))),
            np.concatenate((self.has_leader, np.zeros(sum(counts.values()), dtype=np.bool_))),
        )


@dataclass(frozen=True, slots=True)
class ClusterListing:
    """What metadata tells; `partitions` of all topics that we may describe.

    A topic that we may not describe is left out, as one that is not there; `topic_codes` tells.

    `adapter` is who read it, None in memory, and `why_not_bulk` the reason where that is not bulk.
    `topic_ids` are Kafka's, by topic: a topic deleted and created again has another one. A topic
    whose id this answer does not tell is left out.
    """

    kafka_cluster_id: str
    broker_count: int
    partitions: PartitionIndex
    adapter: Adapter | None = None
    why_not_bulk: str = ""
    topic_ids: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ListedGroup:
    """A group as listed; `state` and `kind` are empty where this broker does not tell them."""

    name: str
    state: str
    kind: str

    @property
    def has_members(self) -> bool | None:
        """None where the broker does not tell."""
        if not self.state:
            return None
        return self.state not in MEMBERLESS_STATES


@dataclass(frozen=True, slots=True)
class GroupListing:
    """All groups. Where `is_complete` is false, groups that are missing are unknown, not gone.

    `errors` are sentences: brokers that did not answer, names that could not be carried.
    """

    groups: tuple[ListedGroup, ...]
    is_complete: bool
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CommitColumns:
    """One row per group and partition with a commit (or an error), in no promised order.

    `group` indexes the names that were asked for, `partition` the catalogue. `group_error` has one
    entry per name: not 0 means that nothing is known of this group's commits. Partitions that the
    catalogue lacks are left out, and those of topics that we may not describe.
    """

    group: Int32s
    partition: Int64s
    offset: Int64s
    error: Int16s
    group_error: Int16s


@dataclass(frozen=True, slots=True)
class OffsetColumn:
    """One offset per position asked for: `UNKNOWN` wherever `error` is not 0."""

    offset: Int64s
    error: Int16s


@dataclass(frozen=True, slots=True)
class TimedColumn:
    """One record per position asked for, by its offset and its timestamp in ms.

    Both are `UNKNOWN` where `error` is not 0, and where it is 0 but there is no such record.
    """

    offset: Int64s
    time_ms: Int64s
    error: Int16s


@dataclass(frozen=True, slots=True)
class SizeColumn:
    """The size of one log per position asked for: `UNKNOWN` wherever `error` is not 0.

    It is what Kafka holds against retention.bytes: all segments that lie on the leader's disks.
    """

    size_bytes: Int64s
    error: Int16s


@dataclass(frozen=True, slots=True)
class OpenTransaction:
    """A transaction that a producer has open in a partition, by its position.

    `start` is the offset of its first record there, `last_ms` the timestamp of the producer's
    newest one, or `UNKNOWN`.
    """

    position: int
    producer_id: int
    epoch: int
    start: int
    last_ms: int


@dataclass(frozen=True, slots=True)
class Member:
    """A consumer in a group; `assignment` maps topics to partition numbers."""

    member_id: str
    instance_id: str
    client_id: str
    host: str
    assignment: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Membership:
    """A group described. `members` is None where this broker does not tell them."""

    state: str
    assignor: str
    coordinator: str
    members: tuple[Member, ...] | None


@dataclass(frozen=True, slots=True)
class TopicDetail:
    """A topic's identity and retention; empty or None where this broker does not tell.

    Of a tiered one, older segments lie elsewhere than on the brokers' disks.
    """

    kafka_topic_id: str = ""
    cleanup_policy: str = ""
    retention_ms: int | None = None
    retention_bytes: int | None = None
    is_tiered: bool = False
    has_configs: bool = field(default=False)

    @property
    def kept_bytes(self) -> int | None:
        """What a log may hold before it deletes; None: it does not delete by what brokers hold."""
        if "delete" not in self.cleanup_policy or self.is_tiered:
            return None
        if self.retention_bytes is None or self.retention_bytes < 0:
            return None
        return self.retention_bytes


class ClusterReader(Protocol):
    """Reads one cluster. Every call is bounded by the reader's time-out; none commits anything."""

    @property
    def groups_a_call(self) -> int:
        """How many groups' commits to ask for at once: a call takes a fraction of a lease."""

    def cluster(self) -> ClusterListing:
        """Topics and partitions. Raises ClusterUnreachableError."""

    def groups(self) -> GroupListing:
        """All groups of all kinds. Raises ClusterUnreachableError."""

    def commits(self, names: Sequence[str], partitions: PartitionIndex) -> CommitColumns:
        """Committed offsets of the groups. Raises ClusterUnreachableError if nobody answers."""

    def offsets(self, positions: Int64s, partitions: PartitionIndex, edge: Edge) -> OffsetColumn:
        """One edge of the partitions at `positions`, each named once.

        Those without a leader are not asked for.
        Raises ClusterUnreachableError if nobody answers.
        """

    def first_since(
        self, positions: Int64s, partitions: PartitionIndex, since_ms: int
    ) -> TimedColumn:
        """The first record whose timestamp is `since_ms` or later, of each partition named once.

        Under CreateTime that is the producers' clock. Only for brokers that tell timestamps.
        Raises ClusterUnreachableError if nobody answers.
        """

    def log_sizes(self, positions: Int64s, partitions: PartitionIndex) -> SizeColumn:
        """How large the logs of these partitions are, each named once.

        Needs DESCRIBE on the cluster. Whoever does not answer is an error in its rows; only a
        cluster of which no broker is known by now raises ClusterUnreachableError.
        """

    def open_transactions(
        self, positions: Int64s, partitions: PartitionIndex
    ) -> list[OpenTransaction]:
        """Transactions that are open in these partitions, each named once.

        Needs READ on the topics. What is not told is left out, for whatever reason; only a cluster
        of which no broker is known by now raises ClusterUnreachableError.
        """

    def memberships(self, names: Sequence[str]) -> dict[str, Membership]:
        """Groups described; one that could not be is left out."""

    def topic_details(self, names: Sequence[str]) -> dict[str, TopicDetail]:
        """Topics described; one that could not be is left out."""

    def topic_codes(self, names: Sequence[str]) -> dict[str, int]:
        """What keeps brokers from telling of each topic when asked by its name; 0 if nothing does.

        `monitor.kafka.codes` has `NO_SUCH_TOPIC`, and `FORBIDDEN_TOPIC` for one that we may not
        describe, whether it exists or not. A silence is told by its code. Never creates a topic.
        """

    def tells_timestamps(self, topic: str, partition: int) -> bool | None:
        """Whether offsets by timestamp can be trusted; None if that could not be found out."""

    def close(self) -> None: ...
