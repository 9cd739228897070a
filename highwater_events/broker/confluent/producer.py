"""The producer over librdkafka."""

import functools
import logging
import time
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
    # The relay flushes each batch, so that lingering only delays it.
    "linger.ms": 1,
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
        self._properties = {**_DEFAULTS, **properties, **_PROMISES}
        self._logger = logger
        self._client = Client(self._properties, logger=logger)
        self._has_stopped = False
        self._refused: deque[tuple[Callable[[Delivery], None], Delivery]] = deque()

    def send(self, record: OutgoingRecord, on_delivery: Callable[[Delivery], None]) -> None:
        self._restart_if_stopped()
        while True:
            try:
                self._produce(record, functools.partial(_report, record, on_delivery))
            except BufferError:
                self.poll(0.1)
            except KafkaException as problem:
                error = delivery_error(problem.args[0])
                self._refused.append((on_delivery, Delivery(record, None, None, error)))
                return
            else:
                return

    def poll(self, timeout_seconds: float = 0.0) -> None:
        self._report_refused()
        try:
            self._client.poll(timeout_seconds)
        except KafkaException as problem:
            if not problem.args[0].fatal():
                raise
            self._has_stopped = True
            self._client.purge()  # else what is in flight would never be reported

    def flush(self, timeout_seconds: float) -> int:
        # Not by the client's own flush: where the client stops, that one loses reports.
        deadline = time.monotonic() + timeout_seconds
        self.poll(0)
        while len(self._client) and (left_seconds := deadline - time.monotonic()) > 0:
            self.poll(left_seconds)
        return len(self._client)

    def close(self, timeout_seconds: float = 5.0) -> None:
        if self.flush(timeout_seconds):
            self._client.purge()
            self.flush(_DROP_SECONDS)

    def _produce(
        self, record: OutgoingRecord, report: Callable[[KafkaError | None, Message], None]
    ) -> None:
        self._client.produce(
            record.topic,
            value=record.value,
            key=record.key,
            partition=_ANY_PARTITION if record.partition is None else record.partition,
            headers=list(record.headers),
            timestamp=record.timestamp_ms or 0,
            on_delivery=report,
        )

    def _restart_if_stopped(self) -> None:
        """A client that stopped at a refused record is replaced once the caller has all reports.

        Until then what is sent fails, so that it cannot overtake the refused record.
        """
        if self._has_stopped and not len(self._client):
            self._client = Client(self._properties, logger=self._logger)
            self._has_stopped = False

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
