"""The span around a handler: `process T`, by OpenTelemetry's messaging conventions v1.44."""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.trace import Link, Span, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AttributeValue

from highwater_events import provenance
from highwater_events.broker.base import Record
from highwater_events.envelope import TRACE_HEADERS

_PROPAGATOR = TraceContextTextMapPropagator()
_TRACER = trace.get_tracer("highwater_events")


@contextmanager
def process_span(record: Record, *, group: str) -> Iterator[Span]:
    """The span of one attempt at one record.

    It links to the context in which the event was created and is its child, so that a trace
    shows cause and effect together. A replay is linked only: the first trace ended long ago.
    """
    carrier = {
        name: value
        for name in TRACE_HEADERS
        if (value := provenance.header(record.headers, name)) is not None
    }
    creation = _PROPAGATOR.extract(carrier)
    created_by = trace.get_current_span(creation).get_span_context()
    is_child = created_by.is_valid and not provenance.is_replay(record.headers)
    with _TRACER.start_as_current_span(
        f"process {record.topic}",
        context=creation if is_child else None,
        kind=SpanKind.CONSUMER,
        links=[Link(created_by)] if created_by.is_valid else [],
        attributes=attributes(record, group=group),
    ) as span:
        yield span


def attributes(record: Record, *, group: str) -> dict[str, AttributeValue]:
    """The conventions' attributes of a record that is processed; what is not known is left out."""
    known: dict[str, AttributeValue] = {
        "messaging.system": "kafka",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": record.topic,
        "messaging.destination.partition.id": str(record.partition),
        "messaging.consumer.group.name": group,
        "messaging.kafka.offset": record.offset,
    }
    if record.key is not None:
        known["messaging.kafka.message.key"] = record.key.decode(errors="replace")
    if record.value is None:
        known["messaging.kafka.message.tombstone"] = True
    message_id = provenance.header(record.headers, "ce_id")
    if message_id is not None:
        known["messaging.message.id"] = message_id
    return known
