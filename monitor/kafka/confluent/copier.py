"""The port that copies records, over confluent-kafka: reading, writing and the position in one."""

import contextlib
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from confluent_kafka import IsolationLevel, KafkaError, KafkaException, Message, Producer
from confluent_kafka import TopicPartition as ClientPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined] # documented, not in __all__
    NewTopic,
    OffsetSpec,
)

from highwater_events.broker.base import OutgoingRecord, TopicPartition
from monitor.errors import ClusterUnreachableError
from monitor.kafka.confluent.clients import admin_client
from monitor.kafka.confluent.copy_errors import copy_error, worst
from monitor.kafka.confluent.log_reader import LogReader
from monitor.kafka.replay_ports import POSITIONS_TOPIC, CopyOrder, CopyPosition, OffsetRange

TRANSACTION_TIMEOUT_SECONDS = 15.0
REQUEST_SECONDS = 10.0
ABORT_SECONDS = 3.0
# A failed transaction is known a moment before the delivery report that says why.
REPORT_SECONDS = 1.0
# Longer than a dead copier's transaction can keep the position topic's stable end back.
POSITIONS_SECONDS = 30.0
_POSITIONS = TopicPartition(POSITIONS_TOPIC, 0)
_ANY_PARTITION = -1  # the key decides


class ConfluentCopier:
    """A `Copier`. `properties` are librdkafka's with their secrets resolved.

    Raises ConfigurationError where librdkafka refuses them.
    """

    def __init__(self, properties: Mapping[str, str], order: CopyOrder) -> None:
        self._order = order
        self._properties: dict[str, Any] = {"log_level": 0, **properties}
        self._failures: list[KafkaError] = []
        self._positions: dict[int, CopyPosition] = {}
        self._reader: LogReader | None = None
        self._is_writing = False
        self._admin = admin_client(self._properties)
        self._producer = Producer(self._producer_properties())

    def open(self) -> dict[int, CopyPosition]:
        self._ensure_positions_topic()
        if self._order.transactional:
            self._guard(lambda: self._producer.init_transactions(REQUEST_SECONDS))
        starts = {each: CopyPosition(span.start, 0) for each, span in self._order.ranges.items()}
        self._positions = starts | self._stored_positions()
        self._reader = LogReader(self._properties, committed_only=True)
        self._reader.assign(
            {
                TopicPartition(self._order.source, each): OffsetRange(
                    self._positions[each].next_offset, span.end
                )
                for each, span in self._order.ranges.items()
            }
        )
        return dict(self._positions)

    def copy(self, *, max_records: int, timeout_seconds: float) -> dict[int, CopyPosition]:
        moved = self._in_transaction(lambda: self._copy_some(max_records, timeout_seconds))
        self._positions.update(moved)
        return dict(self._positions)

    def forget(self) -> None:
        def write() -> dict[int, CopyPosition]:
            for partition in self._order.ranges:
                self._send(OutgoingRecord(POSITIONS_TOPIC, self._key(partition), None, partition=0))
            return {}

        self._in_transaction(write)

    def close(self) -> None:
        if self._is_writing:
            self._abort()
        if self._reader is not None:
            self._reader.close()

    def _in_transaction(
        self, write: Callable[[], dict[int, CopyPosition]]
    ) -> dict[int, CopyPosition]:
        if not self._order.transactional:
            moved = write()
            self._flush()
            return moved
        self._guard(self._producer.begin_transaction)
        self._is_writing = True
        moved = write()
        self._guard(lambda: self._producer.commit_transaction(REQUEST_SECONDS))
        self._is_writing = False
        return moved

    def _abort(self) -> None:
        """Let readers of the target go on at once; where it fails, the time-out does it."""
        self._producer.purge()
        with contextlib.suppress(KafkaException):
            self._producer.abort_transaction(ABORT_SECONDS)

    def _copy_some(self, max_records: int, timeout_seconds: float) -> dict[int, CopyPosition]:
        copied = self._copy_records(max_records, timeout_seconds)
        if not self._order.transactional:
            self._flush()  # a position must never be ahead of the records that it covers
        moved = {}
        for partition, before in self._positions.items():
            place = TopicPartition(self._order.source, partition)
            assert self._reader is not None  # noqa: S101 - open() came first
            after = CopyPosition(
                self._reader.positions[place], before.copied + copied.get(partition, 0)
            )
            if after != before:
                moved[partition] = after
                self._send(self._position_record(partition, after))
        return moved

    def _copy_records(self, max_records: int, timeout_seconds: float) -> dict[int, int]:
        assert self._reader is not None  # noqa: S101 - open() came first
        copied: dict[int, int] = {}
        left = max_records
        deadline = time.monotonic() + timeout_seconds
        while left > 0 and self._reader.unfinished and time.monotonic() < deadline:
            records = self._reader.poll(min(left, 500), 0.1)
            for record in records:
                self._send(self._order.copy_of(record))
                copied[record.partition] = copied.get(record.partition, 0) + 1
            left -= len(records)
        return copied

    def _send(self, record: OutgoingRecord) -> None:
        self._guard(
            lambda: self._producer.produce(
                record.topic,
                key=record.key,
                value=record.value,
                headers=list(record.headers),
                timestamp=record.timestamp_ms or 0,
                on_delivery=self._note_delivery,
                partition=_ANY_PARTITION if record.partition is None else record.partition,
            )
        )
        self._producer.poll(0)

    def _flush(self) -> None:
        if self._producer.flush(REQUEST_SECONDS):
            raise ClusterUnreachableError(
                "The target did not acknowledge what was sent; try again."
            )
        if self._failures:
            raise copy_error(worst(self._failures))

    def _guard(self, step: Callable[[], None]) -> None:
        """Run a step of the producer; what fails in it is told in the port's words."""
        while True:
            try:
                return step()
            except BufferError:
                self._producer.poll(0.1)  # the local queue is full: let some of it out
            except KafkaException as problem:
                self._hear_why(problem.args[0])
                raise copy_error(worst([*self._failures, problem.args[0]])) from problem

    def _hear_why(self, error: KafkaError) -> None:
        """A step fails because of a record's failure, and only the report of that says why."""
        self._producer.poll(0)
        if error.code() == KafkaError._STATE and not self._failures:
            self._producer.poll(REPORT_SECONDS)

    def _note_delivery(self, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            self._failures.append(error)

    def _stored_positions(self) -> dict[int, CopyPosition]:
        reader = LogReader(self._properties, committed_only=True)
        found: dict[int, CopyPosition] = {}
        deadline = time.monotonic() + POSITIONS_SECONDS
        try:
            reader.assign({_POSITIONS: self._positions_range()})
            while reader.unfinished:
                if time.monotonic() > deadline:
                    raise ClusterUnreachableError(
                        f"{POSITIONS_TOPIC} could not be read to its end in time; trying again."
                    )
                for record in reader.poll(500, 0.1):
                    self._take_position(record.key, record.value, found)
        finally:
            reader.close()
        return found

    def _positions_range(self) -> OffsetRange:
        """Up to the log end, not the stable end.

        Another replay's open transaction keeps the stable end back, and with it our own latest
        position: reading up to there would copy records twice. Reading waits until it has passed.
        """
        edges = []
        for spec in (OffsetSpec.earliest(), OffsetSpec.latest()):
            asked = self._admin.list_offsets(
                {ClientPartition(*_POSITIONS): spec},
                isolation_level=IsolationLevel.READ_UNCOMMITTED,
                request_timeout=REQUEST_SECONDS,
            )
            try:
                edges.append(next(iter(asked.values())).result().offset)
            except KafkaException as problem:
                raise copy_error(problem.args[0]) from problem
        return OffsetRange(*edges)

    def _take_position(
        self, key: bytes | None, value: bytes | None, found: dict[int, CopyPosition]
    ) -> None:
        ours = {self._key(partition): partition for partition in self._order.ranges}
        partition = ours.get(key or b"")
        if partition is None:
            return
        found.pop(partition, None)
        if value is not None:
            stored = json.loads(value)
            found[partition] = CopyPosition(stored["next_offset"], stored["copied"])

    def _position_record(self, partition: int, position: CopyPosition) -> OutgoingRecord:
        value = json.dumps(position._asdict()).encode()
        return OutgoingRecord(POSITIONS_TOPIC, self._key(partition), value, partition=0)

    def _key(self, partition: int) -> bytes:
        return f"{self._order.run_name}/{self._order.source}/{partition}".encode()

    def _ensure_positions_topic(self) -> None:
        try:
            brokers = len(self._admin.list_topics(timeout=REQUEST_SECONDS).brokers)
            topic = NewTopic(
                POSITIONS_TOPIC,
                num_partitions=1,
                replication_factor=max(1, min(3, brokers)),
                config={"cleanup.policy": "compact"},
            )
            asked = self._admin.create_topics([topic], request_timeout=REQUEST_SECONDS)
            asked[POSITIONS_TOPIC].result()
        except KafkaException as problem:
            if problem.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise copy_error(problem.args[0]) from problem

    def _producer_properties(self) -> dict[str, Any]:
        promises: dict[str, Any] = {
            "enable.idempotence": True,
            "compression.type": "lz4",
            "linger.ms": 5,
            # The partitioner of Java's client, so that a key goes where other producers put it.
            "partitioner": "murmur2_random",
            # The broker's own limit decides, not the client's lower default.
            "message.max.bytes": 100_000_000,
            "queue.buffering.max.kbytes": 65_536,
        }
        if self._order.transactional:
            promises["transactional.id"] = self._order.transactional_id
            promises["transaction.timeout.ms"] = int(TRANSACTION_TIMEOUT_SECONDS * 1000)
        return {**self._properties, **promises}
