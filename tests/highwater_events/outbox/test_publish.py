import json
from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection, transaction
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from pytest_django.fixtures import Settings

from highwater_events import tracing
from highwater_events.errors import NotInTransactionError, PayloadError
from highwater_events.models import OutboxRow
from highwater_events.outbox import wake
from highwater_events.outbox.publish import publish

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def listener(transactional_db: None) -> Iterator[psycopg.Connection]:
    parameters = connection.get_connection_params()
    names = ("host", "port", "user", "password", "dbname")
    with psycopg.connect(
        **{name: parameters[name] for name in names}, autocommit=True
    ) as listening:
        listening.execute(f"LISTEN {wake.CHANNEL}")
        yield listening


def heard(listener: psycopg.Connection, seconds: float = 0.2) -> list[str]:
    return [each.payload for each in listener.notifies(timeout=seconds, stop_after=1)]


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_nothing_is_published() -> None:
    with pytest.raises(NotInTransactionError, match="outside a transaction"):
        publish("E", {}, aggregate_type="order", aggregate_id="1")
    assert not OutboxRow.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_event_vanishes_with_its_transaction() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        publish("E", {}, aggregate_type="order", aggregate_id="1")
        raise ZeroDivisionError
    assert not OutboxRow.objects.exists()


@pytest.mark.django_db
def test_a_row_holds_the_event_as_asked() -> None:
    event_id = publish("E", {"a": 1}, aggregate_type="order", aggregate_id=7, headers={"t": "x"})
    row = OutboxRow.objects.get(id=event_id)
    assert json.loads(bytes(row.payload)) == {"a": 1}
    assert (row.type, row.aggregatetype, row.aggregateid) == ("E", "order", "7")
    assert (row.topic, row.headers) == ("outbox.event.order", {"t": "x"})
    assert (row.published_at, row.failed_at, row.attempts) == (None, None, 0)


@pytest.mark.django_db
def test_the_topic_is_the_callers_before_the_settings(settings: Settings) -> None:
    settings.HIGHWATER_EVENTS = {**settings.HIGHWATER_EVENTS, "TOPICS": {"order": "orders"}}
    publish("E", {}, aggregate_type="order", aggregate_id="1")
    publish("E", {}, aggregate_type="order", aggregate_id="1", topic="special")
    topics = OutboxRow.objects.order_by("position").values_list("topic", flat=True)
    assert list(topics) == ["orders", "special"]


@pytest.mark.django_db
def test_a_bad_payload_breaks_nothing_but_itself() -> None:
    with pytest.raises(PayloadError):
        publish("E", object(), aggregate_type="order", aggregate_id="1")
    publish("E", {}, aggregate_type="order", aggregate_id="1")
    assert OutboxRow.objects.count() == 1


@pytest.mark.django_db
def test_an_event_carries_the_trace_it_was_created_in(monkeypatch: pytest.MonkeyPatch) -> None:
    provider = TracerProvider()
    monkeypatch.setattr(tracing, "_TRACER", provider.get_tracer("test"))
    with provider.get_tracer("test").start_as_current_span("request") as request:
        publish("E", {}, aggregate_type="order", aggregate_id="1")
    trace_id = trace.format_trace_id(request.get_span_context().trace_id)
    assert OutboxRow.objects.get().traceparent.split("-")[1] == trace_id
    provider.shutdown()


@pytest.mark.django_db
def test_a_given_trace_is_not_replaced() -> None:
    headers = {"traceparent": TRACEPARENT, "tracestate": "a=b"}
    publish("E", {}, aggregate_type="order", aggregate_id="1", headers=headers)
    row = OutboxRow.objects.get()
    assert (row.traceparent, row.tracestate, row.headers) == (TRACEPARENT, "a=b", {})


def test_a_commit_wakes_relays_once(listener: psycopg.Connection) -> None:
    with transaction.atomic():
        for _ in range(3):
            publish("E", {}, aggregate_type="order", aggregate_id="1")
        assert heard(listener) == []
    assert heard(listener, 5) == [wake.ROWS]
    assert heard(listener) == []


def test_waking_can_be_switched_off(listener: psycopg.Connection, settings: Settings) -> None:
    settings.HIGHWATER_EVENTS = {**settings.HIGHWATER_EVENTS, "NOTIFY": False}
    with transaction.atomic():
        publish("E", {}, aggregate_type="order", aggregate_id="1")
    assert heard(listener) == []
