"""The producer over librdkafka."""

import functools
import logging
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message
from confluent_kafka import Producer as Client

from highwater_events.broker.base import Delivery, OutgoingRecord
from highwater_events.broker.confluent.mapping import delivery_error

_DEFAULTS = {
    # Ours may reach the size that brokers take by default; the client's own limit is lower.
    "message.max.bytes": 1_048_576,
    "partitioner": "murmur2_random",
    # A new topic may be unknown to some brokers for a moment; then it is the record's fault.
    "topic.metadata.propagation.max.ms": 5_000,
}

# What the port promises, whatever the service's properties say. Without a time-out the client
# itself keeps records in order through an outage; where one is refused in mid-stream, it stops
# instead of sending what came after it.
_PROMISES = {
    "enable.idempotence": True,
    "enable.gapless.guarantee": True,
    "message.timeout.ms": 0,
}

_ANY_PARTITION = -1
_DROP_SECONDS = 1.0


class ConfluentProducer:
    """Idempotent, `acks=all`, in order per partition. Not shared between threads."""

    def __init__(self, properties: Mapping[str, Any], logger: logging.Logger) -> None:
        self._client = Client({**_DEFAULTS, **properties, **_PROMISES}, logger=logger)
        self._refused: deque[tuple[Callable[[Delivery], None], Delivery]] = deque()

    def send(self, record: OutgoingRecord, on_delivery: Callable[[Delivery], None]) -> None:
        while True:
            try:
                self._client.produce(
                    record.topic,
                    value=record.value,
                    key=record.key,
                    partition=_ANY_PARTITION if record.partition is None else record.partition,
                    headers=list(record.headers),
                    timestamp=record.timestamp_ms or 0,
                    on_delivery=functools.partial(_report, record, on_delivery),
                )
            except BufferError:
                self._client.poll(0.1)
            except KafkaException as problem:
                error = delivery_error(problem.args[0])
                self._refused.append((on_delivery, Delivery(record, None, None, error)))
                return
            else:
                return

    def poll(self, timeout_seconds: float = 0.0) -> None:
        self._report_refused()
        self._client.poll(timeout_seconds)

    def flush(self, timeout_seconds: float) -> int:
        self._report_refused()
        return self._client.flush(timeout_seconds)

    def close(self, timeout_seconds: float = 5.0) -> None:
        if self.flush(timeout_seconds):
            self._client.purge()
            self._client.flush(_DROP_SECONDS)

    def _report_refused(self) -> None:
        while self._refused:
            on_delivery, delivery = self._refused.popleft()
            on_delivery(delivery)


def _report(
    record: OutgoingRecord,
    on_delivery: Callable[[Delivery], None],
    error: KafkaError | None,
    message: Message,
) -> None:
    if error is not None:
        on_delivery(Delivery(record, None, None, delivery_error(error)))
    else:
        on_delivery(Delivery(record, message.partition(), message.offset()))
