"""Spans of the sending side, by OpenTelemetry's messaging conventions v1.44.

An event's creation context is made once, where it is published, and never replaced: the relay's
`send` spans and the consumers' `process` spans link to it.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.trace import Link, Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AttributeValue

_PROPAGATOR = TraceContextTextMapPropagator()
_TRACER = trace.get_tracer("highwater_events")


@contextmanager
def create_span(topic: str, *, message_id: str, key: str) -> Iterator[dict[str, str]]:
    """The span `create T`; gives the event's trace headers, none where nothing is traced."""
    with _TRACER.start_as_current_span(
        f"create {topic}",
        kind=SpanKind.PRODUCER,
        attributes={
            **_operation("create", topic),
            "messaging.message.id": message_id,
            "messaging.kafka.message.key": key,
        },
    ):
        carrier: dict[str, str] = {}
        _PROPAGATOR.inject(carrier)
        yield carrier


@contextmanager
def send_span(topic: str, carriers: Sequence[tuple[str, Mapping[str, str]]]) -> Iterator[Span]:
    """The span `send T` around a batch; `carriers` are its message ids with their trace headers."""
    links = [
        Link(context, {"messaging.message.id": message_id})
        for message_id, carrier in carriers
        if (context := _created_in(carrier)).is_valid
    ]
    with _TRACER.start_as_current_span(
        f"send {topic}",
        kind=SpanKind.CLIENT,
        links=links,
        attributes={
            **_operation("send", topic),
            "messaging.batch.message_count": len(carriers),
        },
    ) as span:
        yield span


def mark_failed(span: Span, error: Exception) -> None:
    """Say on the span what went wrong."""
    span.set_attribute("error.type", type(error).__qualname__)
    span.set_status(Status(StatusCode.ERROR, str(error)))


def _created_in(carrier: Mapping[str, str]) -> trace.SpanContext:
    return trace.get_current_span(_PROPAGATOR.extract(carrier)).get_span_context()


def _operation(name: str, topic: str) -> dict[str, AttributeValue]:
    return {
        "messaging.system": "kafka",
        "messaging.operation.name": name,
        "messaging.operation.type": name,
        "messaging.destination.name": topic,
    }
