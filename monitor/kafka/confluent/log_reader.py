"""Reads ranges of a log outside any group, and knows when each range is at its end."""

from collections.abc import Mapping
from typing import Any

from confluent_kafka import Consumer, KafkaError, Message
from confluent_kafka import TopicPartition as ClientPartition

from highwater_events.broker.base import Record, TopicPartition
from highwater_events.broker.confluent.records import as_record, known
from monitor.errors import NotToldError, RecordsGoneError
from monitor.kafka.replay_ports import OffsetRange

_GONE = frozenset(
    {
        KafkaError._AUTO_OFFSET_RESET,
        KafkaError.OFFSET_OUT_OF_RANGE,
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError._UNKNOWN_TOPIC,
        KafkaError._UNKNOWN_PARTITION,
    }
)


class LogReader:
    """Offsets have holes (transaction markers, compaction), so a range's end is the first record
    behind it or the broker's word that nothing follows, never a number of records.
    """

    def __init__(self, properties: Mapping[str, Any], *, committed_only: bool) -> None:
        self._client = Consumer(
            {
                "fetch.wait.max.ms": 100,
                "queued.max.messages.kbytes": 16_384,
                **properties,
                # The client wants a name, but nothing joins or commits, so no group appears.
                "group.id": "highwater-replay-reader",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                # A range that is not in the log must be an error, never silently another range.
                "auto.offset.reset": "error",
                "isolation.level": "read_committed" if committed_only else "read_uncommitted",
            }
        )
        self._ends: dict[TopicPartition, int] = {}
        self.positions: dict[TopicPartition, int] = {}
        self.unfinished: set[TopicPartition] = set()

    def assign(self, ranges: Mapping[TopicPartition, OffsetRange]) -> None:
        self._ends = {partition: wanted.end for partition, wanted in ranges.items()}
        self.positions = {partition: wanted.start for partition, wanted in ranges.items()}
        self.unfinished = {each for each, wanted in ranges.items() if wanted.start < wanted.end}
        starts = [ClientPartition(*each, self.positions[each]) for each in self.unfinished]
        self._client.assign(starts)

    def poll(self, max_records: int, timeout_seconds: float) -> list[Record]:
        """Up to `max_records` of the ranges; empty where nothing arrived in time.

        Raises RecordsGoneError when the log no longer holds the range, NotToldError when reading
        is refused. Outages are librdkafka's to sit out.
        """
        first = self._client.poll(timeout_seconds)
        if first is None:
            return []
        # `consume` waits for a full batch, so it only takes what is there already.
        rest = self._client.consume(max_records - 1, 0.0) if max_records > 1 else []
        taken = [self._take(message) for message in (first, *rest)]
        return [record for record in taken if record is not None]

    def finish(self, partition: TopicPartition) -> None:
        """Stop fetching a partition."""
        if partition in self.unfinished:
            self.unfinished.discard(partition)
            self._client.pause([ClientPartition(*partition)])

    def close(self) -> None:
        self._client.close()

    def _take(self, message: Message) -> Record | None:
        error = message.error()
        if error is not None and error.code() != KafkaError._PARTITION_EOF:
            self._raise_if_final(error, message)
            return None
        partition = TopicPartition(message.topic() or "", known(message.partition()))
        offset = known(message.offset())
        if partition not in self.unfinished:
            return None
        if error is not None or offset >= self._ends[partition]:
            self._advance(partition, offset)
            return None
        self._advance(partition, offset + 1)
        return as_record(message)

    def _advance(self, partition: TopicPartition, position: int) -> None:
        end = self._ends[partition]
        self.positions[partition] = min(max(position, self.positions[partition]), end)
        if position >= end:
            self.finish(partition)

    def _raise_if_final(self, error: KafkaError, message: Message) -> None:
        if error.code() in _GONE:
            raise RecordsGoneError(
                f"The log no longer holds offset {message.offset()} of partition "
                f"{message.partition()} of {message.topic()}: it was deleted before it was read."
            )
        # That the name of its group is forbidden is no matter: nothing joins or commits.
        if error.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED:
            raise NotToldError(
                f"Highwater may not read {message.topic()}, for which it needs READ: {error.str()}."
            )
        if error.fatal():
            raise NotToldError(f"The log cannot be read: {error.str()}.")
