import json
import logging
from datetime import datetime, timedelta

import msgpack  # type: ignore[import-untyped]  # it publishes no types
import pytest
import redis
from django.db import connection
from pytest_django import Settings

from monitor.backlog.measure import measure
from monitor.models import OutboxSource, OutboxState, StatusChange, Tick
from tests.monitor.shop import Shop, database_dsn

pytestmark = pytest.mark.django_db


def _samples(source: OutboxSource) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT depth, depth_is_exact, by_type, inserted_per_second, published_per_second,"
            " failed, sampled_at FROM monitor_backlog_sample WHERE source_id = %s"
            " ORDER BY sampled_at",
            [source.pk],
        )
        return list(cursor.fetchall())


def _pass_time(seconds: float = 10) -> None:
    """As if all so far had happened some seconds earlier, so that the present slot is free."""
    ago = timedelta(seconds=seconds)
    # One by one, oldest first: a slot is unique, and checked row by row in whatever order they lie.
    for tick in Tick.objects.order_by("slot_at"):
        Tick.objects.filter(pk=tick.pk).update(slot_at=tick.slot_at - ago)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE monitor_backlog_sample SET sampled_at = sampled_at - make_interval(secs => %s)",
            [seconds],
        )
    for state in OutboxState.objects.exclude(counters={}):
        read_at = datetime.fromisoformat(state.counters["read_at"]) - ago
        state.counters["read_at"] = read_at.isoformat()
        state.save(update_fields=["counters"])


def test_a_sample_holds_depth_types_and_failures(shop: Shop, source: OutboxSource) -> None:
    shop.add(5)
    shop.fail(2)
    assert measure(source.pk) == Tick.State.DONE
    [(depth, is_exact, by_type, inserted, published, failed, _)] = _samples(source)
    assert (depth, is_exact, failed) == (3, True, 2)
    assert json.loads(str(by_type)) == {"OrderPlaced": 3}
    assert (inserted, published) == (None, None)


def test_mark_state_and_sample_carry_the_slot(shop: Shop, source: OutboxSource) -> None:
    measure(source.pk)
    tick = Tick.objects.get()
    state = OutboxState.objects.get()
    assert tick.state == Tick.State.DONE
    assert tick.read_seconds is not None
    assert _samples(source)[0][-1] == tick.slot_at == state.sampled_at
    assert state.status == "OK"
    assert state.status_since == tick.slot_at


def test_the_second_sample_has_rates(shop: Shop, source: OutboxSource) -> None:
    OutboxSource.objects.update(sample_interval_seconds=60)
    shop.add(1)
    measure(source.pk)
    _pass_time(seconds=100)
    shop.add(1_000)
    shop.publish(500, ago="2 s")
    measure(source.pk)
    state = OutboxState.objects.get()
    assert state.inserted_per_second == pytest.approx(10, rel=0.05)
    assert state.published_per_second == pytest.approx(5, rel=0.05)


def test_an_old_pending_row_is_a_change_to_warn(shop: Shop, source: OutboxSource) -> None:
    measure(source.pk)
    _pass_time()
    shop.add(1, age="301 s")
    measure(source.pk)
    change = StatusChange.objects.first()
    assert change is not None
    assert (change.source, change.before, change.after) == (source, "OK", "WARN")
    assert "has waited 5 min" in change.reason


def test_a_source_that_cannot_be_reached_is_a_gap_and_one_change(
    shop: Shop, source: OutboxSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    measure(source.pk)
    monkeypatch.setenv("HIGHWATER_SECRET_SHOP_DSN", database_dsn(dbname="nowhere"))
    for _ in range(2):
        _pass_time()
        assert measure(source.pk) == Tick.State.FAILED
    state = OutboxState.objects.get()
    assert state.status == "UNKNOWN"
    assert state.unreachable_since is not None
    assert "no such database" in state.last_error
    assert len(_samples(source)) == 1
    assert [change.after for change in StatusChange.objects.all()] == ["UNKNOWN", "OK"]


def test_a_source_that_answers_again_recovers_by_itself(
    shop: Shop, source: OutboxSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HIGHWATER_SECRET_SHOP_DSN", database_dsn(dbname="nowhere"))
    measure(source.pk)
    _pass_time()
    monkeypatch.setenv("HIGHWATER_SECRET_SHOP_DSN", shop.dsn)
    assert measure(source.pk) == Tick.State.DONE
    state = OutboxState.objects.get()
    assert (state.status, state.unreachable_since, state.last_error) == ("OK", None, "")


def test_a_failing_dsn_shows_in_no_log_and_no_row(
    source: OutboxSource, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("HIGHWATER_SECRET_SHOP_DSN", database_dsn(user="bob", password="hunter2"))
    with caplog.at_level(logging.DEBUG):
        measure(source.pk)
    stored = [*OutboxState.objects.values(), *Tick.objects.values(), *StatusChange.objects.values()]
    told = str(stored) + str([vars(entry) for entry in caplog.records])
    assert "refuses the user or password" in told
    assert "hunter2" not in told


def test_a_probe_that_outlives_its_lease_stores_nothing(
    shop: Shop, source: OutboxSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.backlog.measure.LEASE", timedelta(0))
    assert measure(source.pk) == Tick.State.LOST
    assert _samples(source) == []
    assert OutboxState.objects.get().sampled_at is None


def test_a_source_that_is_gone_or_disabled_is_left_alone(source: OutboxSource) -> None:
    OutboxSource.objects.update(is_enabled=False)
    assert measure(source.pk) is None
    assert measure(0) is None
    assert not Tick.objects.exists()


def test_browsers_hear_of_each_sample(shop: Shop, source: OutboxSource, settings: Settings) -> None:
    with redis.Redis.from_url(settings.REDIS_URL) as valkey, valkey.pubsub() as heard:
        heard.psubscribe(f"*__group__outbox.{source.pk}")
        heard.get_message(timeout=5)  # the subscription's own confirmation
        measure(source.pk)
        sent = heard.get_message(timeout=5)
    assert sent is not None
    message = json.loads(msgpack.unpackb(sent["data"])["text"])
    assert message["key"] == message["topic"] == f"outbox.{source.pk}"
    assert (message["body"]["depth"], message["body"]["status"]) == (0, "OK")
