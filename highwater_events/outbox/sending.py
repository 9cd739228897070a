"""Sending one wave of rows: one loop that queues them, one flush, one report each."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial

from highwater_events import metrics
from highwater_events.broker.base import Broker, Delivery, Producer
from highwater_events.envelope import to_record
from highwater_events.errors import BrokerError
from highwater_events.outbox.batch import PendingRow
from highwater_events.tracing import mark_failed, send_span

_SLICE_SECONDS = 1.0


class Sending:
    """Owns the relay's producer."""

    def __init__(self, broker: Broker, client_id: str) -> None:
        self._broker = broker
        self._client_id = client_id
        # At once, so that wrong properties stop the start and not the first row.
        self._producer: Producer | None = broker.producer(client_id=client_id)

    def send(
        self, wave: Sequence[PendingRow], may_go_on: Callable[[], bool]
    ) -> dict[int, Delivery]:
        """The reports by position.

        Waits as long as the broker does not answer, and asks `may_go_on` every second of that; on
        a no it drops what was not acknowledged.
        """
        metrics.RELAY_BATCH.observe(len(wave))
        deliveries: dict[int, Delivery] = {}
        producer = self._producer = self._producer or self._broker.producer(
            client_id=self._client_id
        )
        with _send_spans(wave, deliveries):
            for row in wave:
                report = partial(deliveries.__setitem__, row.position)
                producer.send(to_record(row.event, row.topic), report)
            while producer.flush(_SLICE_SECONDS):
                metrics.RELAY_FAILED.labels("unreachable").inc()
                if not may_go_on():
                    self.drop()
        return deliveries

    def drop(self) -> None:
        """Give up what is on its way, and the producer with it."""
        if self._producer:
            self._producer.close(0)
            self._producer = None


@contextmanager
def _send_spans(wave: Sequence[PendingRow], deliveries: dict[int, Delivery]) -> Iterator[None]:
    """One `send` span a topic around the wave, failed where one of its rows was."""
    with ExitStack() as stack:
        spans = {}
        for topic in dict.fromkeys(row.topic for row in wave):
            carriers = [(str(r.event.id), r.event.trace) for r in wave if r.topic == topic]
            spans[topic] = stack.enter_context(send_span(topic, carriers))
        yield
        for row in wave:
            error = _error_of(deliveries.get(row.position))
            if error:
                mark_failed(spans[row.topic], error)


def _error_of(delivery: Delivery | None) -> BrokerError | None:
    return delivery.error if delivery else None
