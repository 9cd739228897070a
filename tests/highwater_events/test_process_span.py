from collections.abc import Iterator
from dataclasses import replace

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from highwater_events import process_span, provenance
from highwater_events.broker.base import Headers, Record
from tests.highwater_events.events import TRACEPARENT, a_record, an_event

TRACED: Headers = (("traceparent", TRACEPARENT.encode()),)


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(process_span, "_TRACER", provider.get_tracer("test"))
    yield exporter
    provider.shutdown()


def processed(spans: InMemorySpanExporter, record: Record) -> ReadableSpan:
    with process_span.process_span(record, group="billing"):
        pass
    [span] = spans.get_finished_spans()
    return span


def test_the_span_says_what_the_conventions_ask(spans: InMemorySpanExporter) -> None:
    event = an_event(key="k1")
    span = processed(spans, a_record(event, offset=7, partition=3))
    assert (span.name, span.kind) == ("process orders", SpanKind.CONSUMER)
    assert span.attributes == {
        "messaging.system": "kafka",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": "orders",
        "messaging.destination.partition.id": "3",
        "messaging.consumer.group.name": "billing",
        "messaging.kafka.offset": 7,
        "messaging.kafka.message.key": "k1",
        "messaging.message.id": str(event.id),
    }


def test_the_span_is_a_child_of_what_created_the_event_and_linked_to_it(
    spans: InMemorySpanExporter,
) -> None:
    span = processed(spans, a_record(headers=TRACED))
    assert span.parent is not None
    assert f"{span.parent.span_id:016x}" == "b7ad6b7169203331"
    assert [link.context.span_id for link in span.links] == [span.parent.span_id]


def test_a_replay_is_linked_to_the_first_trace_but_no_part_of_it(
    spans: InMemorySpanExporter,
) -> None:
    span = processed(spans, a_record(headers=(*TRACED, (provenance.REPLAY_ID, b"17"))))
    assert span.parent is None
    assert [f"{link.context.span_id:016x}" for link in span.links] == ["b7ad6b7169203331"]


def test_a_record_without_a_trace_begins_one(spans: InMemorySpanExporter) -> None:
    span = processed(spans, a_record(headers=(("traceparent", b"nonsense"),)))
    assert (span.parent, list(span.links)) == (None, [])


def test_a_tombstone_is_named_and_what_is_unknown_left_out(spans: InMemorySpanExporter) -> None:
    bare = replace(a_record(), key=None, value=None, headers=())
    attributes = processed(spans, bare).attributes or {}
    assert attributes["messaging.kafka.message.tombstone"] is True
    assert "messaging.kafka.message.key" not in attributes
    assert "messaging.message.id" not in attributes
