"""The sweep finds by rows what is due; messages to workers are looked at in Valkey's queues."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import redis
from django.db import connection
from django.utils import timezone

from dashboard.celery import QUEUE_OF, QUEUES, MemoryScheduler, app
from monitor import tasks
from monitor.models import Cluster, OutboxSource, StatusChange, Tick, Topic
from monitor.series.partitions import ensure_partitions, open_hours, start_of_hour
from monitor.series.retention import Dropped
from monitor.series.sealed import sealed_hours

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _current_app() -> None:
    """As in a worker: our application takes the tasks in."""
    app.set_current()
    app.finalize()


@pytest.fixture
def valkey() -> Iterator[redis.Redis]:
    """Emptied of hints before and after."""
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
        client.delete(*QUEUES)
        yield client
        client.delete(*QUEUES)


def hints(valkey: redis.Redis, queue: str) -> list[dict[str, Any]]:
    return [json.loads(message)["headers"] for message in valkey.lrange(queue, 0, -1)]


def add_cluster(name: str = "c") -> Cluster:
    return Cluster.objects.create(name=name, bootstrap_servers="127.0.0.1:1")


def test_a_sweep_queues_a_hint_for_each_due_cluster(valkey: redis.Redis) -> None:
    pks = {add_cluster("a").pk, add_cluster("b").pk}
    tasks.sweep()
    found = hints(valkey, "sampling")
    assert {hint["task"] for hint in found} == {"sample_cluster"}
    assert {hint["argsrepr"] for hint in found} == {f"({pk}, 0)" for pk in pks}


def test_a_sweep_queues_a_hint_for_each_shard(valkey: redis.Redis) -> None:
    cluster = add_cluster()
    Cluster.objects.update(shards=3)
    tasks.sweep()
    found = {hint["argsrepr"] for hint in hints(valkey, "sampling")}
    assert found == {f"({cluster.pk}, {number})" for number in range(3)}


def test_a_hint_is_taken_by_a_host_whose_clock_is_half_a_minute_ahead(valkey: redis.Redis) -> None:
    add_cluster()
    tasks.sweep()
    [hint] = hints(valkey, "sampling")
    beat = MemoryScheduler(app)
    beat.apply_entry(beat.schedule["sweep"])
    # A sweep at the turn of a minute queues the upkeep too.
    [sweep] = [each for each in hints(valkey, "upkeep") if each["task"] == "sweep"]
    half_a_minute_ahead = timezone.now() + timedelta(seconds=30)
    assert all(
        datetime.fromisoformat(one["expires"]) > half_a_minute_ahead for one in (hint, sweep)
    )


def test_a_hint_that_is_for_another_worker_goes_back_to_the_queue(
    valkey: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = add_cluster()
    monkeypatch.setattr("monitor.lag.turns.is_for_another", lambda *_: True)
    assert tasks.sample_cluster(cluster.pk, 0) is False
    [hint] = hints(valkey, "sampling")
    assert hint["argsrepr"] == f"({cluster.pk}, 0)"
    assert not Tick.objects.exists()


def test_a_sweep_queues_due_outboxes_to_their_own_queue(valkey: redis.Redis) -> None:
    OutboxSource.objects.create(name="o", dsn_reference="env:HIGHWATER_SECRET_X")
    tasks.sweep()
    assert [hint["task"] for hint in hints(valkey, "backlog")] == ["measure_outbox"]


def test_a_sweep_without_anything_due_queues_no_sample(valkey: redis.Redis) -> None:
    tasks.sweep()
    assert hints(valkey, "sampling") == hints(valkey, "backlog") == hints(valkey, "replay") == []


def test_upkeep_is_queued_once_a_minute(valkey: redis.Redis) -> None:
    this_minute = datetime.now(UTC).replace(second=0, microsecond=0)
    tasks._kept_up["minute"] = this_minute - timedelta(minutes=1)
    tasks.sweep()
    assert [hint["task"] for hint in hints(valkey, "upkeep")] == ["keep_up"]
    assert tasks._kept_up["minute"] >= this_minute


def test_sampling_an_absent_cluster_does_nothing() -> None:
    assert tasks.sample_cluster(0) is False
    tasks.measure_outbox(0)
    tasks.run_replay(0)
    assert not Tick.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_upkeep_makes_partitions_and_drops_ticks_that_no_chart_reads() -> None:
    cluster, now = add_cluster(), timezone.now()
    for days in (1, 14, 16):
        moment = now - timedelta(days=days)
        Tick.objects.create(cluster=cluster, slot_at=moment, claimed_at=moment, leased_until=moment)
    tasks.keep_up()
    assert Tick.objects.count() == 2
    assert ensure_partitions(now) == []


@pytest.mark.django_db(transaction=True)
def test_upkeep_purges_what_is_over_for_longer_than_the_setting(settings: Any) -> None:
    settings.HIGHWATER_KEEP_HISTORY_DAYS = 10
    cluster = add_cluster()
    for days in (9, 11):
        at = timezone.now() - timedelta(days=days)
        StatusChange.objects.create(cluster=cluster, at=at, after="REACHABLE")
    tasks.keep_up()
    assert StatusChange.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_what_a_running_tick_keeps_from_being_purged_is_tried_again_soon(
    valkey: redis.Redis,
) -> None:
    cluster, now = add_cluster(), timezone.now()
    long_ago = now - timedelta(days=5000)
    Topic.objects.create(cluster=cluster, name="t", first_seen_at=long_ago, gone_at=long_ago)
    tick = Tick.objects.create(
        cluster=cluster, slot_at=now, claimed_at=now, leased_until=now + timedelta(hours=1)
    )
    tasks.keep_up()
    [hint] = hints(valkey, "upkeep")
    assert (hint["task"], hint["kwargsrepr"]) == ("purge_history", "{'tries': 11}")
    tasks.purge_history(tries=1)
    assert len(hints(valkey, "upkeep")) == 1
    tick.delete()
    tasks.purge_history(tries=11)
    assert not Topic.objects.exists()
    assert len(hints(valkey, "upkeep")) == 1


@pytest.mark.django_db(transaction=True)
def test_upkeep_goes_by_the_databases_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now()
    ensure_partitions(now)
    days_ahead = SimpleNamespace(now=lambda tz: now + timedelta(days=30))
    monkeypatch.setattr(tasks, "datetime", days_ahead)
    tasks.keep_up()
    assert ensure_partitions(now) == []


@pytest.mark.django_db(transaction=True)
def test_upkeep_queues_sealing_and_dropping_apart(valkey: redis.Redis) -> None:
    tasks.keep_up()
    queued = [hint["task"] for hint in hints(valkey, "series")]
    assert sorted(queued) == ["drop_series", "seal_hours"]


@pytest.mark.django_db(transaction=True)
def test_hours_are_sealed_and_what_is_past_retention_goes(
    settings: Any, no_series: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.HIGHWATER_KEEP_OPEN_HOURS = 48
    now = timezone.now()
    for hours in (60, 5, 4):
        ensure_partitions(now - timedelta(hours=hours))
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO monitor_backlog_sample"
                " (sampled_at, source_id, depth_is_exact, by_type) VALUES (%s, 1, true, '{}')",
                [now - timedelta(hours=hours)],
            )
    tasks.seal_hours()
    assert len(sealed_hours(now - timedelta(hours=100), now)) == 3
    tasks.drop_series()
    assert min(open_hours()) > now - timedelta(hours=48)
    assert start_of_hour(now - timedelta(hours=5)) in open_hours()
    monkeypatch.setattr(tasks, "database_time", lambda: now + timedelta(hours=2))
    tasks.drop_series()
    assert start_of_hour(now - timedelta(hours=5)) not in open_hours()


@pytest.mark.django_db(transaction=True)
def test_what_somebody_reads_is_tried_again_soon(
    valkey: redis.Redis, no_series: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck = Dropped(stuck=["monitor_lag_block_20260301"])
    monkeypatch.setattr(tasks, "drop_old", lambda *_: stuck)
    tasks.drop_series(tries=2)
    [hint] = hints(valkey, "series")
    assert (hint["task"], hint["kwargsrepr"]) == ("drop_series", "{'tries': 1}")
    assert hint["eta"]
    tasks.drop_series(tries=1)
    assert len(hints(valkey, "series")) == 1


def test_windows_of_the_slowest_cluster_come_back_from_open_rows() -> None:
    assert tasks._keep().after_sealing == timedelta(0)
    add_cluster()
    Cluster.objects.create(
        name="slow", bootstrap_servers="127.0.0.1:1", sample_interval_seconds=3600
    )
    assert tasks._keep().after_sealing == timedelta(hours=12)


def test_every_task_has_a_queue_that_workers_know() -> None:
    ours = {name for name in app.tasks if not name.startswith("celery.")}
    assert ours == set(QUEUE_OF)
    assert set(QUEUE_OF.values()) == set(QUEUES)
