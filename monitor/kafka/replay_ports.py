"""What replays ask of a cluster, and what they do to it.

Two ports: `ReplayOffsets` reads groups and logs and moves committed offsets, `Copier` copies a
range of records. `monitor.kafka.replay_memory` is the in-memory twin of both, the adapters are
`monitor.kafka.confluent.offsets` and `.copier`; one contract suite holds for all.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

from highwater_events.broker.base import OutgoingRecord, Record, TopicPartition

POSITIONS_TOPIC = "highwater.replay.positions"


class OffsetRange(NamedTuple):
    """Offsets from `start` up to but without `end`."""

    start: int
    end: int


class Activity(StrEnum):
    """Whether a group has consumers. What the broker does not tell counts as active."""

    INACTIVE = "inactive"
    ACTIVE = "active"
    NOT_TOLD = "not told"


@dataclass(frozen=True, slots=True)
class GroupReading:
    """A group as its coordinator tells it; `members` are client ids with their hosts."""

    state: str
    activity: Activity
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LogBounds:
    """`stable_end` is the first offset that an open transaction may still change."""

    log_start: int
    log_end: int
    stable_end: int


@dataclass(frozen=True, slots=True)
class FoundRecord:
    """The first record at or after a time, by the broker's answer; `offset` null: none that late.

    `timestamp_ms` is the record's own, read from the log: brokers that do not index time answer
    with a record that is older than asked. Null where the record could not be read.
    """

    offset: int | None
    timestamp_ms: int | None


@dataclass(frozen=True, slots=True)
class RangeSurvey:
    """The time of a range's first record and its number of records; null where not known."""

    first_timestamp_ms: int | None
    records: int | None


@dataclass(frozen=True, slots=True)
class TopicSettings:
    """A topic's partitions, and of its configuration what is told (null: not told).

    `retention_ms` is null also where the topic deletes nothing by age; `retention_is_told` parts
    the two.
    """

    partitions: int
    retention_is_told: bool = False
    retention_ms: int | None = None
    sets_append_time: bool | None = None


class ReplayOffsets(Protocol):
    """One cluster's groups and logs. Requests time out; not shared between threads.

    Every method raises ClusterUnreachableError when no broker answers in time, or no coordinator
    of the group, and NotToldError when the broker refuses to tell.
    """

    def group(self, name: str) -> GroupReading: ...

    def committed(self, group: str) -> dict[TopicPartition, int]:
        """All committed offsets; a partition without one is absent."""

    def topic(self, name: str) -> TopicSettings:
        """Raises NotFoundError for a topic that the cluster does not have."""

    def bounds(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, LogBounds]:
        """Raises NotFoundError naming partitions that the cluster does not have."""

    def records_since(
        self, partitions: Iterable[TopicPartition], timestamp_ms: int
    ) -> dict[TopicPartition, FoundRecord]:
        """Per partition the first record of `timestamp_ms` or later."""

    def survey(
        self,
        ranges: Mapping[TopicPartition, OffsetRange],
        *,
        count_up_to: int,
        committed_only: bool,
    ) -> dict[TopicPartition, RangeSurvey]:
        """Look at each range's first record; count all where the ranges span few enough offsets.

        Takes a few seconds at most; what was not reached by then stays null.
        """

    def alter(self, group: str, offsets: Mapping[TopicPartition, int]) -> dict[TopicPartition, str]:
        """Commit `offsets` for an inactive group; return the partitions that failed, with why."""

    def has_transactions(self) -> bool: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class CopyOrder:
    """What one shard of a replay copies.

    `run_name` keys the positions: no other run may ever have it, not even one of another database
    whose replays are numbered alike. `copy_of` turns a record of the source into what is written.
    `transactional` false is for brokers without transactions: then a crash repeats what the last
    position does not cover.
    """

    replay_id: int
    run_name: str
    source: str
    ranges: Mapping[int, OffsetRange]
    copy_of: Callable[[Record], OutgoingRecord]
    transactional: bool = True
    shard: int = 0

    @property
    def transactional_id(self) -> str:
        return f"highwater-replay-{self.replay_id}-{self.shard}"


class CopyPosition(NamedTuple):
    """Where a partition stands: the next offset to copy, and how many records were copied."""

    next_offset: int
    copied: int


class Copier(Protocol):
    """Copies an order's ranges, in log order per partition. Not shared between threads.

    Positions are records of the compacted topic `POSITIONS_TOPIC`, written in the transaction of
    the records that they cover: whoever opens next goes on exactly there. After any error a copier
    is useless; close it and open another.
    """

    def open(self) -> dict[int, CopyPosition]:
        """Fence whoever copied before, and return where each partition of the order stands.

        Raises ClusterUnreachableError where that takes too long: try again later.
        """

    def copy(self, *, max_records: int, timeout_seconds: float) -> dict[int, CopyPosition]:
        """Copy up to `max_records` in one transaction; return where each partition stands now.

        Returns early with what arrived, which may be nothing. Raises FencedError when another
        copier opened, RecordsGoneError when the log no longer holds the range, RecordRefusedError
        when the target refuses a record, ClusterUnreachableError when nobody answers.
        """

    def forget(self) -> None:
        """Delete the positions: the replay has ended, and its end is stored."""

    def close(self) -> None:
        """Give up what is open. What was not committed is never seen by read_committed readers."""
