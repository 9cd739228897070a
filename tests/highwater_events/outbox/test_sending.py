from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from highwater_events import tracing
from highwater_events.broker.memory import MemoryBroker
from highwater_events.outbox.sending import Sending
from tests.highwater_events.outbox.test_batch import row


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(tracing, "_TRACER", provider.get_tracer("test"))
    yield exporter
    provider.shutdown()


def go_on() -> bool:
    return True


def test_each_row_has_its_report() -> None:
    broker = MemoryBroker()
    broker.ensure_topics({"t": 1})
    deliveries = Sending(broker, "c").send([row(7, "a"), row(9, "b")], go_on)
    assert {at: delivery.offset for at, delivery in deliveries.items()} == {7: 0, 9: 1}


def test_what_is_given_up_is_reported_as_not_acknowledged() -> None:
    broker, asked = MemoryBroker(), list[bool]()
    broker.reachable = False

    def only_once() -> bool:
        asked.append(True)
        return len(asked) < 2

    deliveries = Sending(broker, "c").send([row(7, "a")], only_once)
    assert "unreachable" in str(deliveries[7].error)
    assert len(asked) == 2


def test_a_wave_has_one_send_span_a_topic(spans: InMemorySpanExporter) -> None:
    broker = MemoryBroker()
    broker.ensure_topics({"t": 1})
    Sending(broker, "c").send([row(7, "a"), row(9, "b")], go_on)
    [span] = spans.get_finished_spans()
    assert (span.name, span.status.is_ok or span.status.is_unset) == ("send t", True)


def test_a_refusal_fails_the_span(spans: InMemorySpanExporter) -> None:
    Sending(MemoryBroker(), "c").send([row(7, "a")], go_on)
    [span] = spans.get_finished_spans()
    assert span.attributes is not None
    assert span.attributes["error.type"] == "DeliveryError"
