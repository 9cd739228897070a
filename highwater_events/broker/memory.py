"""The in-memory twin of a broker: an in-process bus for tests and for services without Kafka.

It keeps the port's promises, rebalances cooperatively as Kafka does, and loses all when the process
ends. Safe to share between threads; one producer or consumer is not.
"""

import itertools
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence

from highwater_events.broker.base import (
    Delivery,
    OutgoingRecord,
    RebalanceListener,
    Record,
    TopicPartition,
)
from highwater_events.broker.memory_group import MemoryGroup
from highwater_events.broker.murmur2 import partition_of
from highwater_events.errors import (
    BrokerUnreachableError,
    DeliveryError,
    FencedError,
)

_UNREACHABLE = "The in-memory broker is set unreachable; set `reachable` again and retry."
_MAX_RECORD_BYTES = 1_048_576  # as Kafka's default


def _wall_clock_ms() -> int:
    return time.time_ns() // 1_000_000


class MemoryBroker:
    """Topics, groups and commits in this process. `reachable = False` plays an outage."""

    def __init__(
        self,
        *,
        now_ms: Callable[[], int] = _wall_clock_ms,
    ) -> None:
        self._changed = threading.Condition(threading.RLock())
        self._logs: dict[str, list[list[Record]]] = {}
        self._groups: dict[str, MemoryGroup] = {}
        self._keyless = itertools.count()
        self._max_record_bytes: dict[str, int] = {}
        self._now_ms = now_ms
        self._reachable = True

    @property
    def reachable(self) -> bool:
        return self._reachable

    @reachable.setter
    def reachable(self, value: bool) -> None:
        with self._changed:
            self._reachable = value
            self._changed.notify_all()

    def producer(self, *, client_id: str = "highwater") -> "MemoryProducer":
        return MemoryProducer(self)

    def consumer(self, group_id: str, *, client_id: str = "highwater") -> "MemoryConsumer":
        return MemoryConsumer(self, self._group(group_id))

    def ensure_topics(
        self, partitions_by_topic: Mapping[str, int], *, config: Mapping[str, str] | None = None
    ) -> frozenset[str]:
        self.require_reachable()
        with self._changed:
            missing = frozenset(partitions_by_topic.keys() - self._logs.keys())
            for topic, partitions in partitions_by_topic.items():
                if topic not in self._logs:
                    self._logs[topic] = [[] for _ in range(partitions)]
                    limit = (config or {}).get("max.message.bytes", _MAX_RECORD_BYTES)
                    self._max_record_bytes[topic] = int(limit)
            for group in self._groups.values():
                group.rebalance(self._partitions())
            self._changed.notify_all()
            return missing

    def records(self, topic: str) -> list[Record]:
        """All records of a topic, partition by partition in log order."""
        with self._changed:
            return [record for log in self._logs.get(topic, []) for record in log]

    def committed(self, group_id: str) -> dict[TopicPartition, int]:
        """The group's committed offsets."""
        with self._changed:
            return dict(self._group(group_id).committed)

    def evict(self, consumer: "MemoryConsumer") -> None:
        """Take a member out of its group as a broker does whose heartbeats stopped."""
        with self._changed:
            consumer.group.remove(consumer, self._partitions())
            self._changed.notify_all()

    def require_reachable(self) -> None:
        """Raises BrokerUnreachableError in a played outage."""
        if not self._reachable:
            raise BrokerUnreachableError(_UNREACHABLE)

    def wait_reachable(self, timeout_seconds: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._reachable, max(0.0, timeout_seconds))

    def wait_for_change(self, timeout_seconds: float) -> None:
        with self._changed:
            self._changed.wait(max(0.0, timeout_seconds))

    def append(self, record: OutgoingRecord) -> Delivery:
        """Write one record, or refuse it."""
        with self._changed:
            logs = self._logs.get(record.topic)
            refusal = self._refusal(record, logs)
            if logs is None or refusal:
                return Delivery(record, None, None, refusal)
            partition = self._partition(record, len(logs))
            offset = len(logs[partition])
            timestamp_ms = record.timestamp_ms
            logs[partition].append(
                Record(
                    record.topic,
                    partition,
                    offset,
                    self._now_ms() if timestamp_ms is None else timestamp_ms,
                    record.key,
                    record.value,
                    record.headers,
                )
            )
            self._changed.notify_all()
            return Delivery(record, partition, offset)

    def read(self, partition: TopicPartition, offset: int, limit: int) -> list[Record]:
        """Up to `limit` records from `offset` on."""
        with self._changed:
            return self._logs[partition.topic][partition.partition][offset : offset + limit]

    def log_end(self, partition: TopicPartition) -> int:
        with self._changed:
            return len(self._logs[partition.topic][partition.partition])

    def subscribe(self, member: "MemoryConsumer", topics: Sequence[str]) -> None:
        with self._changed:
            member.group.join(member, topics, self._partitions())
            self._changed.notify_all()

    def leave(self, member: "MemoryConsumer") -> None:
        with self._changed:
            member.group.remove(member, self._partitions())
            self._changed.notify_all()

    def released(self, member: "MemoryConsumer", partitions: Iterable[TopicPartition]) -> None:
        """The member's listener is done with these; the next owner may have them."""
        with self._changed:
            member.group.release(member, partitions)
            self._changed.notify_all()

    def _group(self, group_id: str) -> MemoryGroup:
        with self._changed:
            return self._groups.setdefault(group_id, MemoryGroup(group_id))

    def _partitions(self) -> dict[str, int]:
        return {topic: len(logs) for topic, logs in self._logs.items()}

    def _partition(self, record: OutgoingRecord, partitions: int) -> int:
        if record.partition is not None:
            return record.partition
        if record.key is None:
            return next(self._keyless) % partitions
        return partition_of(record.key, partitions)

    def _refusal(
        self, record: OutgoingRecord, logs: list[list[Record]] | None
    ) -> DeliveryError | None:
        if logs is None:
            return DeliveryError(f"Topic {record.topic!r} does not exist; create it.")
        if record.partition is not None and not 0 <= record.partition < len(logs):
            return DeliveryError(f"Topic {record.topic!r} has no partition {record.partition}.")
        size_bytes = len(record.key or b"") + len(record.value or b"")
        limit_bytes = self._max_record_bytes[record.topic]
        if size_bytes > limit_bytes:
            return DeliveryError(f"The record has {size_bytes} bytes; at most {limit_bytes} go in.")
        return None


class MemoryProducer:
    """Keeps records in order; in an outage they wait here."""

    def __init__(self, broker: MemoryBroker) -> None:
        self._broker = broker
        self._waiting: deque[tuple[OutgoingRecord, Callable[[Delivery], None]]] = deque()

    def send(self, record: OutgoingRecord, on_delivery: Callable[[Delivery], None]) -> None:
        self._waiting.append((record, on_delivery))

    def poll(self, timeout_seconds: float = 0.0) -> None:
        if not self._waiting or not self._broker.wait_reachable(timeout_seconds):
            return
        while self._waiting and self._broker.reachable:
            record, on_delivery = self._waiting.popleft()
            delivery = self._broker.append(record)
            on_delivery(delivery)
            if delivery.error:
                self._drop("The producer stopped at a refused record; send this one again.")

    def flush(self, timeout_seconds: float) -> int:
        self.poll(timeout_seconds)
        return len(self._waiting)

    def close(self, timeout_seconds: float = 5.0) -> None:
        self.flush(timeout_seconds)
        self._drop(_UNREACHABLE)

    def _drop(self, reason: str) -> None:
        dropped, self._waiting = self._waiting, deque()
        for record, on_delivery in dropped:
            on_delivery(Delivery(record, None, None, BrokerUnreachableError(reason)))


class MemoryConsumer:
    """A member of a group; acts on rebalances inside `poll`, as Kafka's client does."""

    def __init__(self, broker: MemoryBroker, group: MemoryGroup) -> None:
        self.group = group
        self._broker = broker
        self._topics: Sequence[str] = ()
        self._listener: RebalanceListener | None = None
        self._positions: dict[TopicPartition, int] = {}
        self._paused: set[TopicPartition] = set()

    def subscribe(self, topics: Sequence[str], listener: RebalanceListener) -> None:
        self._topics, self._listener = tuple(topics), listener
        self._broker.subscribe(self, self._topics)

    def poll(self, timeout_seconds: float, *, max_records: int = 500) -> list[Record]:
        deadline = time.monotonic() + timeout_seconds
        while True:
            self._follow_group()
            records = self._fetch(max_records) if self._broker.reachable else []
            left_seconds = deadline - time.monotonic()
            if records or left_seconds <= 0:
                return records
            self._broker.wait_for_change(min(left_seconds, 0.05))

    def assignment(self) -> frozenset[TopicPartition]:
        return frozenset(self._positions)

    def pause(self, partitions: Iterable[TopicPartition]) -> None:
        self._paused.update(self._positions.keys() & set(partitions))

    def resume(self, partitions: Iterable[TopicPartition]) -> None:
        self._paused.difference_update(partitions)

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self._require_owned([partition])
        self._positions[partition] = offset

    def log_end(self, partition: TopicPartition) -> int | None:
        if partition not in self._positions:
            return None
        return self._broker.log_end(partition)

    def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        self._broker.require_reachable()
        self._require_owned(offsets)
        if not self.group.commit(self, offsets):
            raise FencedError("The group goes on without this member; the commit was refused.")

    def close(self) -> None:
        self._positions.clear()
        self._broker.leave(self)

    def _require_owned(self, partitions: Iterable[TopicPartition]) -> None:
        strange = sorted(set(partitions) - self._positions.keys())
        if strange:
            raise FencedError(f"Not this member's partitions (any more): {strange}.")

    def _follow_group(self) -> None:
        if self._listener is None or not self._broker.reachable:
            return
        if not self.group.has(self):
            self._lose(self._listener)
            self._broker.subscribe(self, self._topics)
        revoked = sorted(self._positions.keys() - self.group.target(self))
        if revoked:
            self._listener.on_revoked(revoked)
            self._forget(revoked)
            self._broker.released(self, revoked)
        assigned = sorted(self.group.take(self))
        if assigned:
            self._positions.update({each: self.group.committed.get(each, 0) for each in assigned})
            self._listener.on_assigned(assigned)

    def _lose(self, listener: RebalanceListener) -> None:
        lost = sorted(self._positions)
        self._forget(lost)
        if lost:
            listener.on_lost(lost)

    def _forget(self, partitions: Iterable[TopicPartition]) -> None:
        for partition in partitions:
            del self._positions[partition]
            self._paused.discard(partition)

    def _fetch(self, max_records: int) -> list[Record]:
        records: list[Record] = []
        for partition in sorted(self._positions.keys() - self._paused):
            found = self._broker.read(
                partition, self._positions[partition], max_records - len(records)
            )
            self._positions[partition] += len(found)
            records += found
        return records
