"""One trace from the span that publishes an event, by outbox, relay and broker, to its handler."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest
from django.db import transaction
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from highwater_events import conf, process_span, tracing
from highwater_events.broker.base import Broker
from highwater_events.broker.confluent import ConfluentBroker
from highwater_events.models import OutboxRow
from highwater_events.outbox.publish import publish
from highwater_events.outbox.relay import Relay
from highwater_events.shutdown import StopFlag
from tests.highwater_events.outbox.conftest import RunningRelay
from tests.highwater_events.running import Handled, Start, a_spec
from tests.waiting import eventually

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.kafka]


@dataclass(frozen=True, slots=True)
class Traced:
    tracer: trace.Tracer
    exporter: InMemorySpanExporter

    def named(self, name: str) -> ReadableSpan:
        """The one finished span of that name."""
        [span] = [span for span in self.exporter.get_finished_spans() if span.name == name]
        return span


@pytest.fixture
def traced(monkeypatch: pytest.MonkeyPatch) -> Iterator[Traced]:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("test")
    for module in (tracing, process_span):
        monkeypatch.setattr(module, "_TRACER", tracer)
    yield Traced(tracer, exporter)
    provider.shutdown()


@pytest.fixture
def broker(bootstrap_servers: str, topic: str) -> Broker:
    real = ConfluentBroker({"bootstrap.servers": bootstrap_servers})
    real.ensure_topics({topic: 1, f"{topic}.dlq": 1})
    return real


@contextmanager
def relaying(broker: Broker) -> Iterator[None]:
    stop = StopFlag()
    relay = RunningRelay(Relay(broker, replace(conf.load(), POLL_SECONDS=0.05), stop), stop)
    try:
        assert eventually(lambda: not OutboxRow.objects.filter(published_at=None).exists())
        yield
    finally:
        relay.stop()


def test_a_handler_belongs_to_the_trace_that_published_its_event(
    broker: Broker, topic: str, start: Start, traced: Traced
) -> None:
    with traced.tracer.start_as_current_span("checkout") as checkout, transaction.atomic():
        publish("order.placed", {}, aggregate_type="order", aggregate_id="1", topic=topic)
    within: list[trace.SpanContext] = []
    handler = Handled(lambda _: within.append(trace.get_current_span().get_span_context()))
    with relaying(broker):
        consumer = start(a_spec(topic, handler), broker)
        assert eventually(lambda: len(handler.contexts) == 1, within_seconds=20)
        consumer.stop()

    created, sent = traced.named(f"create {topic}"), traced.named(f"send {topic}")
    processed = traced.named(f"process {topic}")
    trace_id = checkout.get_span_context().trace_id
    assert created.parent == checkout.get_span_context()
    assert processed.parent is not None
    assert processed.parent.span_id == created.context.span_id
    assert {created.context.trace_id, processed.context.trace_id, within[0].trace_id} == {trace_id}
    assert within[0].span_id == processed.context.span_id
    for span in (sent, processed):
        assert [link.context.span_id for link in span.links] == [created.context.span_id]
    # A relay sends the events of many traces at once: its span is part of none of them.
    assert sent.context.trace_id != trace_id
