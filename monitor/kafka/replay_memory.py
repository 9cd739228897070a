"""The in-memory twin of the replay ports: a cluster in this process, for tests.

It keeps the ports' promises with whole transactions and fencing; it has no batches and no holes in
its offsets. Tests set what a real cluster would have by its public attributes.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from highwater_events.broker.base import OutgoingRecord, Record, TopicPartition
from highwater_events.broker.murmur2 import partition_of
from monitor.errors import FencedError, NotFoundError, RecordRefusedError, RecordsGoneError
from monitor.kafka.replay_ports import (
    Activity,
    CopyOrder,
    CopyPosition,
    FoundRecord,
    GroupReading,
    LogBounds,
    OffsetRange,
    RangeSurvey,
    TopicSettings,
)


@dataclass
class MemoryCluster:
    """Topics, groups and positions. `log_starts` plays retention, `settings` configuration."""

    transactions: bool = True
    max_record_bytes: int = 1_048_576
    logs: dict[str, list[list[Record]]] = field(default_factory=dict)
    log_starts: dict[TopicPartition, int] = field(default_factory=lambda: defaultdict(int))
    commits: dict[str, dict[TopicPartition, int]] = field(default_factory=dict)
    groups: dict[str, GroupReading] = field(default_factory=dict)
    settings: dict[str, TopicSettings] = field(default_factory=dict)
    positions: dict[tuple[str, str, int], CopyPosition] = field(default_factory=dict)
    epochs: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def create(self, topic: str, partitions: int) -> None:
        self.logs[topic] = [[] for _ in range(partitions)]
        self.settings[topic] = TopicSettings(partitions, retention_is_told=True)

    def append(self, record: OutgoingRecord, *, now_ms: int = 0) -> None:
        logs = self.log_of(record.topic)
        partition = record.partition
        if partition is None:
            partition = partition_of(record.key, len(logs)) if record.key is not None else 0
        logs[partition].append(
            Record(
                record.topic,
                partition,
                len(logs[partition]),
                now_ms if record.timestamp_ms is None else record.timestamp_ms,
                record.key,
                record.value,
                record.headers,
            )
        )

    def log_of(self, topic: str) -> list[list[Record]]:
        if topic not in self.logs:
            raise NotFoundError(f"The cluster has no topic {topic}.")
        return self.logs[topic]

    def slice(self, place: TopicPartition, wanted: OffsetRange) -> Sequence[Record]:
        return self.log_of(place.topic)[place.partition][wanted.start : wanted.end]


class MemoryOffsets:
    """A `ReplayOffsets` on a `MemoryCluster`."""

    def __init__(self, cluster: MemoryCluster) -> None:
        self._cluster = cluster

    def group(self, name: str) -> GroupReading:
        state = "Empty" if name in self._cluster.commits else "Dead"
        return self._cluster.groups.get(name, GroupReading(state, Activity.INACTIVE))

    def committed(self, group: str) -> dict[TopicPartition, int]:
        return dict(self._cluster.commits.get(group, {}))

    def topic(self, name: str) -> TopicSettings:
        self._cluster.log_of(name)
        return self._cluster.settings[name]

    def bounds(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, LogBounds]:
        return {each: self._bounds(each) for each in partitions}

    def records_since(
        self, partitions: Iterable[TopicPartition], timestamp_ms: int
    ) -> dict[TopicPartition, FoundRecord]:
        return {each: self._first_since(each, timestamp_ms) for each in partitions}

    def survey(
        self,
        ranges: Mapping[TopicPartition, OffsetRange],
        *,
        count_up_to: int,
        committed_only: bool,
    ) -> dict[TopicPartition, RangeSurvey]:
        counts_all = sum(max(0, each.end - each.start) for each in ranges.values()) <= count_up_to
        surveys = {}
        for place, wanted in ranges.items():
            records = self._cluster.slice(place, wanted)
            first_ms = records[0].timestamp_ms if records else None
            surveys[place] = RangeSurvey(first_ms, len(records) if counts_all else None)
        return surveys

    def alter(self, group: str, offsets: Mapping[TopicPartition, int]) -> dict[TopicPartition, str]:
        if self.group(group).activity is not Activity.INACTIVE:
            return dict.fromkeys(offsets, "the group has members")
        self._cluster.commits.setdefault(group, {}).update(offsets)
        return {}

    def has_transactions(self) -> bool:
        return self._cluster.transactions

    def close(self) -> None:
        """Nothing is held."""

    def _bounds(self, place: TopicPartition) -> LogBounds:
        logs = self._cluster.log_of(place.topic)
        if place.partition >= len(logs):
            raise NotFoundError(f"Topic {place.topic} has no partition {place.partition}.")
        end = len(logs[place.partition])
        return LogBounds(self._cluster.log_starts[place], end, end)

    def _first_since(self, place: TopicPartition, timestamp_ms: int) -> FoundRecord:
        bounds = self._bounds(place)
        held = self._cluster.slice(place, OffsetRange(bounds.log_start, bounds.log_end))
        for record in held:
            if record.timestamp_ms is not None and record.timestamp_ms >= timestamp_ms:
                return FoundRecord(record.offset, record.timestamp_ms)
        return FoundRecord(None, None)


class MemoryCopier:
    """A `Copier` on a `MemoryCluster`.

    `before_commit` runs when all is written and nothing is visible yet: a test that raises there
    plays a crash in the middle of a transaction.
    """

    def __init__(
        self,
        cluster: MemoryCluster,
        order: CopyOrder,
        *,
        before_commit: Callable[[], None] = lambda: None,
    ) -> None:
        self._cluster = cluster
        self._order = order
        self._before_commit = before_commit
        self._epoch = 0
        self._positions: dict[int, CopyPosition] = {}

    def open(self) -> dict[int, CopyPosition]:
        self._cluster.epochs[self._order.transactional_id] += 1
        self._epoch = self._cluster.epochs[self._order.transactional_id]
        self._positions = {
            each: self._cluster.positions.get(self._key(each), CopyPosition(span.start, 0))
            for each, span in self._order.ranges.items()
        }
        return dict(self._positions)

    def copy(self, *, max_records: int, timeout_seconds: float) -> dict[int, CopyPosition]:
        moved: dict[int, CopyPosition] = {}
        written: list[OutgoingRecord] = []
        for partition, position in self._positions.items():
            records = self._next(partition, position.next_offset, max_records - len(written))
            written += [self._order.copy_of(record) for record in records]
            moved[partition] = CopyPosition(
                position.next_offset + len(records), position.copied + len(records)
            )
        self._refuse_large(written)
        if not self._order.transactional:
            self._write(written)
        self._before_commit()
        self._require_current()
        if self._order.transactional:
            self._write(written)
        self._cluster.positions.update({self._key(each): moved[each] for each in moved})
        self._positions = moved
        return dict(moved)

    def forget(self) -> None:
        self._require_current()
        for partition in self._order.ranges:
            self._cluster.positions.pop(self._key(partition), None)

    def close(self) -> None:
        """Nothing is held."""

    def _next(self, partition: int, start: int, most: int) -> Sequence[Record]:
        place = TopicPartition(self._order.source, partition)
        end = min(self._order.ranges[partition].end, start + most)
        if start < end and start < self._cluster.log_starts[place]:
            raise RecordsGoneError(
                f"The log no longer holds offset {start} of partition {partition} of "
                f"{place.topic}: it was deleted before it was read."
            )
        return self._cluster.slice(place, OffsetRange(start, end))

    def _write(self, records: Sequence[OutgoingRecord]) -> None:
        for record in records:
            self._cluster.append(record)

    def _refuse_large(self, records: Sequence[OutgoingRecord]) -> None:
        if any(len(record.value or b"") > self._cluster.max_record_bytes for record in records):
            raise RecordRefusedError("Kafka refuses to write the copy: a record is too large.")

    def _require_current(self) -> None:
        if self._cluster.epochs[self._order.transactional_id] != self._epoch:
            raise FencedError("Another worker has taken this replay over.")

    def _key(self, partition: int) -> tuple[str, str, int]:
        return (self._order.run_name, self._order.source, partition)


def with_members(reading: GroupReading, *members: str) -> GroupReading:
    """The reading of a group that these members have joined."""
    return replace(reading, state="Stable", activity=Activity.ACTIVE, members=members)
