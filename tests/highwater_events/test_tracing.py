from collections.abc import Iterator

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from highwater_events import tracing

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(tracing, "_TRACER", provider.get_tracer("test"))
    yield exporter
    provider.shutdown()


def test_without_a_tracer_no_context_is_made() -> None:
    with tracing.create_span("orders", message_id="1", key="k") as carrier:
        assert carrier == {}


def test_a_created_event_carries_the_context_of_its_create_span(
    spans: InMemorySpanExporter,
) -> None:
    with tracing.create_span("orders", message_id="1", key="k") as carrier:
        pass
    [span] = spans.get_finished_spans()
    assert span.context is not None
    assert f"{span.context.trace_id:032x}-{span.context.span_id:016x}" in carrier["traceparent"]
    assert (span.name, span.kind) == ("create orders", trace.SpanKind.PRODUCER)
    assert span.attributes == {
        "messaging.system": "kafka",
        "messaging.operation.name": "create",
        "messaging.operation.type": "create",
        "messaging.destination.name": "orders",
        "messaging.message.id": "1",
        "messaging.kafka.message.key": "k",
    }


def test_a_send_span_links_to_what_created_its_events(spans: InMemorySpanExporter) -> None:
    with tracing.send_span("orders", [("1", {"traceparent": TRACEPARENT}), ("2", {})]):
        pass
    [span] = spans.get_finished_spans()
    assert (span.name, span.kind) == ("send orders", trace.SpanKind.CLIENT)
    assert [f"{link.context.span_id:016x}" for link in span.links] == ["b7ad6b7169203331"]
    assert span.attributes is not None
    assert span.attributes["messaging.batch.message_count"] == 2


def test_a_failed_send_says_why(spans: InMemorySpanExporter) -> None:
    with tracing.send_span("orders", []) as span:
        tracing.mark_failed(span, ValueError("no"))
    [finished] = spans.get_finished_spans()
    assert finished.attributes is not None
    assert finished.attributes["error.type"] == "ValueError"
    assert not finished.status.is_ok
