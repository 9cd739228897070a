"""Two outboxes, each in a database of its own: neither touches the other's figures."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from monitor.backlog.measure import measure
from monitor.models import OutboxSource, OutboxState, StatusChange, Tick
from tests.monitor.shop import Shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def bakery(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    opened = Shop()
    monkeypatch.setenv("HIGHWATER_SECRET_BAKERY_DSN", opened.dsn)
    yield opened
    opened.close()


@pytest.fixture
def second(bakery: Shop) -> OutboxSource:
    return OutboxSource.objects.create(
        name="bakery", dsn_reference="env:HIGHWATER_SECRET_BAKERY_DSN", sample_interval_seconds=1
    )


def kept(source: OutboxSource) -> list[Any]:
    """All rows of an outbox."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM monitor_backlog_sample WHERE source_id = %s", [source.pk])
        samples = cursor.fetchall()
    tables = (OutboxState, Tick, StatusChange)
    return [samples, *(list(table.objects.filter(source=source).values()) for table in tables)]


def test_each_outbox_has_its_own_depth_and_status(
    shop: Shop, source: OutboxSource, bakery: Shop, second: OutboxSource
) -> None:
    shop.add(5)
    bakery.add(2, age="1 h")
    assert [measure(source.pk), measure(second.pk)] == [Tick.State.DONE] * 2
    first_state, second_state = (OutboxState.objects.get(source=one) for one in (source, second))
    assert (first_state.depth, second_state.depth) == (5, 2)
    assert (first_state.status, second_state.status) == ("OK", "WARN")


def test_an_outbox_that_cannot_be_read_leaves_the_other_as_it_was(
    shop: Shop, source: OutboxSource, second: OutboxSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.add(5)
    measure(source.pk)
    before = kept(source)
    monkeypatch.setenv("HIGHWATER_SECRET_BAKERY_DSN", "host=127.0.0.1 port=1")
    assert measure(second.pk) is Tick.State.FAILED
    second.delete()
    assert kept(source) == before
