"""Events and records as tests need them."""

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime

from highwater_events.broker.base import Broker, Delivery, Headers, Record
from highwater_events.envelope import Event, to_record

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def an_event(payload: bytes = b"{}", *, kind: str = "order.placed", key: str = "1") -> Event:
    return Event(uuid.uuid4(), kind, "/tests", NOW, "order", key, payload)


def a_record(
    event: Event | None = None, *, offset: int = 0, partition: int = 0, headers: Headers = ()
) -> Record:
    out = to_record(event or an_event(), "orders")
    return Record(out.topic, partition, offset, 1_000, out.key, out.value, (*out.headers, *headers))


def send(broker: Broker, topic: str, events: Iterable[Event]) -> None:
    """Write the events and see that the broker took all."""
    deliveries: list[Delivery] = []
    producer = broker.producer()
    for event in events:
        producer.send(to_record(event, topic), deliveries.append)
    assert producer.flush(10) == 0
    producer.close()
    assert not [one.error for one in deliveries if one.error]
