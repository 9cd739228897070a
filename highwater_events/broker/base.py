"""The port between the toolkit and a broker."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from highwater_events.errors import BrokerError

Headers = tuple[tuple[str, bytes | None], ...]


class TopicPartition(NamedTuple):
    """One partition of one topic."""

    topic: str
    partition: int


@dataclass(frozen=True, slots=True)
class Record:
    """A record as a log holds it. `timestamp_ms` is null where the broker gave none."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int | None
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


@dataclass(frozen=True, slots=True)
class OutgoingRecord:
    """A record to be written. Without `partition` the key decides (murmur2, as Java does)."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    timestamp_ms: int | None = None
    partition: int | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one sent record: a place in the log, or an error.

    `error` is `DeliveryError` where the record itself was refused, `BrokerUnreachableError` where
    sending it again helps (it costs no attempt): it was dropped by `close`, or because the producer
    stopped at another record. An outage alone brings no report: the record stays on its way.
    """

    record: OutgoingRecord
    partition: int | None
    offset: int | None
    error: BrokerError | None = None


class RebalanceListener(Protocol):
    """Told of assignments from inside `Consumer.poll`, before a record of them is returned."""

    def on_assigned(self, partitions: Sequence[TopicPartition]) -> None: ...

    def on_revoked(self, partitions: Sequence[TopicPartition]) -> None:
        """The partitions are still ours until this returns: finish and commit."""

    def on_lost(self, partitions: Sequence[TopicPartition]) -> None:
        """The partitions are someone else's already: commit nothing."""


class Producer(Protocol):
    """Idempotent, `acks=all`. Not shared between threads.

    Records of a partition keep their order through outages of any length, and none overtakes one
    that the broker refused: what was sent after it fails, until all reports have been given.
    """

    def send(self, record: OutgoingRecord, on_delivery: Callable[[Delivery], None]) -> None:
        """Queue a record; blocks while the local queue is full. `poll` and `flush` report."""

    def poll(self, timeout_seconds: float = 0.0) -> None:
        """Serve delivery reports."""

    def flush(self, timeout_seconds: float) -> int:
        """Wait until all is delivered or failed; return how many records are still on their way."""

    def close(self, timeout_seconds: float = 5.0) -> None:
        """Flush, then drop what is still on its way and report it."""


class Consumer(Protocol):
    """A member of a consumer group. Never commits by itself."""

    def subscribe(self, topics: Sequence[str], listener: RebalanceListener) -> None: ...

    def poll(self, timeout_seconds: float, *, max_records: int = 500) -> list[Record]:
        """Records in log order per partition; empty after the time-out.

        Raises BrokerUnreachableError only when the client gave up; passing faults are retried.
        """

    def assignment(self) -> frozenset[TopicPartition]: ...

    def pause(self, partitions: Iterable[TopicPartition]) -> None:
        """Stop delivering; keep polling all the same, or the group evicts this member."""

    def resume(self, partitions: Iterable[TopicPartition]) -> None: ...

    def seek(self, partition: TopicPartition, offset: int) -> None: ...

    def log_end(self, partition: TopicPartition) -> int | None:
        """The log end as of the last fetch, without asking the broker; null before one."""

    def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Commit synchronously; an offset is that of the next record to handle.

        Raises FencedError where the partition has moved, BrokerUnreachableError where nobody
        answers.
        """

    def close(self) -> None:
        """Leave the group at once, without a call to the listener.

        The caller has committed what it wants committed.
        """


class Broker(Protocol):
    """Where producers and consumers come from."""

    def producer(self, *, client_id: str = "highwater") -> Producer: ...

    def consumer(self, group_id: str, *, client_id: str = "highwater") -> Consumer:
        """A member of `group_id` that starts at the earliest record where nothing is committed."""

    def ensure_topics(
        self, partitions_by_topic: Mapping[str, int], *, config: Mapping[str, str] | None = None
    ) -> frozenset[str]:
        """Create what is missing and name it; existing topics stay as they are."""
