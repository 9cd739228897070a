"""Sealing changes the form of samples and nothing else, whatever goes wrong."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from psycopg.errors import RaiseException

from monitor.errors import SealError
from monitor.models import Group, GroupTopic, Tick
from monitor.series import fold, seal
from monitor.series.blocks import encode
from monitor.series.partitions import HOUR, TABLES, partition_name
from monitor.series.read import (
    GroupSeries,
    backlog_series,
    cluster_rates,
    group_series,
    status_strips,
)
from monitor.series.sealed import is_sealed
from tests.database import database_url
from tests.monitor.series.worlds import NOON, at, done, make_group, make_outbox, store

TABLES_OF_HOURS = (
    "monitor_head_block",
    "monitor_lag_block",
    "monitor_head_summary",
    "monitor_lag_summary",
    "monitor_sealed_hour",
)
AN_HOUR = 360  # ticks


def rows(table: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} WHERE hour = %s ORDER BY 1, 2", [NOON])  # noqa: S608
        return list(cursor.fetchall())


def sealed_rows() -> dict[str, list[Any]]:
    return {table: rows(table) for table in TABLES_OF_HOURS}


def chart(group: Group) -> GroupSeries:
    return group_series(group.pk, start=at(0), end=at(2 * AN_HOUR))


def world() -> tuple[Group, list[GroupTopic]]:
    """Twelve ticks across the end of the first hour, with a gap, an unknown and a new partition."""
    group, reads = make_group(topics=2)
    for tick in (*range(AN_HOUR - 6, AN_HOUR), *range(AN_HOUR + 1, AN_HOUR + 7)):
        moved = 10 * tick
        store(tick, reads[0], [moved, -1], [moved + 7, 5], status="WARN", time_lag=1.25)
        more = [moved] if tick < AN_HOUR - 3 else [moved, tick]
        store(tick, reads[1], more, [one + tick % 3 for one in more])
        done(group.cluster, tick, produced_per_second=2.0)
    return group, reads


def drop_open_rows() -> None:
    with connection.cursor() as cursor:
        for table in TABLES:
            before = NOON + 2 * HOUR
            cursor.execute(f"DELETE FROM {table} WHERE sampled_at < %s", [before])  # noqa: S608


@pytest.mark.django_db
def test_a_chart_is_the_same_before_and_after_each_hour_is_sealed() -> None:
    group, _ = world()
    before = chart(group)
    assert None in before.lag
    assert len(before.times) > 12
    for hour in (NOON, NOON + HOUR):
        assert seal.seal(hour)
        assert chart(group) == before
    drop_open_rows()
    assert chart(group) == before


@pytest.mark.django_db
def test_a_long_chart_is_of_hours_and_is_the_same_when_they_are_sealed() -> None:
    group, reads = world()
    start, end = NOON - timedelta(days=20), NOON + timedelta(days=1)
    before = group_series(group.pk, start=start, end=end)
    assert len(before.times) == 3  # two hours, and a gap between them
    assert before.lag_max[0] == max(chart(group).lag_max[:6], key=lambda lag: lag or 0)
    seal.seal(NOON)
    seal.seal(NOON + HOUR)
    drop_open_rows()
    assert group_series(group.pk, start=start, end=end) == before
    assert before.topics.keys() == {read.topic_id for read in reads}


@pytest.mark.django_db
def test_an_outboxes_chart_is_the_same_when_it_is_sealed() -> None:
    source = make_outbox(depths=[3, 0, 5, 0], ages=[4.0, 0.0, None, 0.0])
    long_ago = NOON - timedelta(days=20)
    before = [backlog_series(source.pk, start=one, end=NOON + HOUR) for one in (NOON, long_ago)]
    seal.seal(NOON)
    drop_open_rows()
    after = [backlog_series(source.pk, start=one, end=NOON + HOUR) for one in (NOON, long_ago)]
    assert after == before
    assert (after[1].depth, after[1].oldest_age_seconds) == ([0], [4.0])


@pytest.mark.django_db
def test_a_clusters_long_traffic_and_strips_are_of_sealed_hours_once_ticks_are_gone() -> None:
    group, _ = world()
    long_ago, end = NOON - timedelta(days=20), NOON + 2 * HOUR
    before = cluster_rates(group.cluster_id, start=long_ago, end=end)
    assert before.produced_per_second == [2.0, None, 2.0]
    strip = status_strips([group.pk], start=NOON, end=end, cells=4)
    assert strip == {group.pk: [None, "OK", "OK", None]}
    seal.seal(NOON)
    assert cluster_rates(group.cluster_id, start=long_ago, end=end) == before
    seal.seal(NOON + HOUR)
    Tick.objects.all().delete()
    assert cluster_rates(group.cluster_id, start=long_ago, end=end) == before
    assert cluster_rates(group.cluster_id, start=NOON, end=end).produced_per_second == [
        2.0,
        None,
        2.0,
    ]
    assert status_strips([group.pk], start=NOON, end=end, cells=4) == strip


@pytest.mark.django_db
def test_a_chart_whose_blocks_are_gone_is_of_hours() -> None:
    group, _ = world()
    for hour in (NOON, NOON + HOUR):
        seal.seal(hour)
    drop_open_rows()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE monitor_lag_block_20260301")
    found = chart(group)
    assert len(found.times) == 3
    assert None in found.lag


@pytest.mark.django_db
def test_a_group_with_very_many_topics_is_drawn_by_the_hour(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    group, _ = world()
    seal.seal(NOON)
    by_sample = chart(group)
    monkeypatch.setattr("monitor.series.read.MOST_BLOCKS", 1)
    assert len(chart(group).times) == 3 < len(by_sample.times)


@pytest.mark.django_db
def test_a_block_that_is_damaged_is_a_gap_and_an_error_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    group, _ = world()
    for hour in (NOON, NOON + HOUR):
        seal.seal(hour)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE monitor_lag_block SET totals = '\\x03' WHERE hour = %s", [NOON])
    found = chart(group)
    assert found.times[0] >= (NOON + HOUR).timestamp()
    assert len(found.times) == 6
    [first, _] = [record for record in caplog.records if record.levelname == "ERROR"]
    assert "damaged" in first.__dict__["problem"]


@pytest.mark.django_db
def test_an_hours_summary_says_what_it_held() -> None:
    group, [read] = make_group()
    for tick, (commit, status) in enumerate([(10, "OK"), (30, "STALL"), (-1, "UNKNOWN")]):
        store(tick, read, [commit], [40 + tick], status=status, time_lag=float(tick))
    store(9, read, [40], [60], time_lag=2.0)
    seal.seal(NOON)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT samples, gaps, first_at, last_at, lag_min, lag_max, lag_mean, lag_last,"
            " unknown_partitions, time_lag_mean, produced, consumed, status_worst, status_seconds"
            " FROM monitor_lag_summary"
        )
        [found] = cursor.fetchall()
    assert found[:4] == (4, 1, at(0), at(9))
    # Where no commit is known the world above stores a lag of nothing, which is 0.
    assert found[4:8] == (0, 30, 15.25, 20)
    assert found[8:12] == (1, 1.25, 1, 20)
    assert found[12] == "STALL"
    assert found[13] == '{"OK": 20, "STALL": 10, "UNKNOWN": 10}'


@pytest.mark.django_db
def test_sealing_again_changes_nothing() -> None:
    world()
    assert seal.seal(NOON)
    before = sealed_rows()
    assert not seal.seal(NOON)
    assert sealed_rows() == before


def _fails(*_: Any, **__: Any) -> None:
    raise SealError("it does not agree")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("module", "step"),
    [(fold, "_compare"), (fold, "_fold_backlogs"), (seal, "_count"), (seal, "mark_sealed")],
)
def test_a_fold_that_fails_changes_nothing_and_the_next_one_seals(
    module: Any, step: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    group, reads = world()
    before, nothing = chart(group), sealed_rows()
    with monkeypatch.context() as broken:
        broken.setattr(module, step, _fails)
        assert NOON not in seal.seal_due(NOON + 3 * HOUR)
    assert "an hour stays open" in caplog.text
    assert sealed_rows() == nothing
    assert chart(group) == before
    store(1, reads[0], [1, 1], [9, 9])  # late samples are welcome as long as it is open
    assert NOON in seal.seal_due(NOON + 3 * HOUR)


@pytest.mark.django_db
def test_a_block_that_was_not_kept_as_it_was_stops_the_fold(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, [read] = make_group()
    store(0, read, [1], [2])
    monkeypatch.setattr(fold, "encode", lambda block: encode(replace(block, times=block.times + 1)))
    with pytest.raises(SealError, match="did not keep"):
        seal.seal(NOON)


@pytest.mark.django_db
def test_an_open_row_that_was_left_out_stops_the_fold(monkeypatch: pytest.MonkeyPatch) -> None:
    world()
    monkeypatch.setattr(fold, "_store_lags", lambda *_: None)
    with pytest.raises(SealError, match=r"12 rows of .*, 0 were folded"):
        seal.seal(NOON)


@pytest.mark.django_db
def test_a_group_that_two_shards_sampled_at_once_counts_once() -> None:
    group, [read] = make_group()
    store(0, read, [1], [4])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE monitor_lag_sample SET shard = 1")
        cursor.execute("DELETE FROM monitor_head_sample")
    store(0, read, [1], [4])
    before = chart(group)
    assert before.lag == [3]
    assert seal.seal(NOON)
    drop_open_rows()
    assert chart(group) == before


@pytest.mark.django_db
def test_what_the_catalogue_has_no_more_is_left_out() -> None:
    group, [one, other] = make_group(topics=2)
    store(0, one, [1], [2])
    store(0, other, [1], [2])
    other.topic.delete()
    assert seal.seal(NOON)
    assert [row[1] for row in rows("monitor_lag_block")] == [one.pk]


@pytest.mark.django_db
def test_a_sample_of_a_sealed_hour_is_refused_loudly() -> None:
    _, [read] = make_group()
    store(0, read, [1], [2])
    seal.seal(NOON)
    with pytest.raises(RaiseException, match="its hour is sealed"), transaction.atomic():
        store(1, read, [2], [3])
    store(AN_HOUR, read, [2], [3])


@pytest.mark.django_db
def test_an_hour_is_due_some_minutes_after_its_end_and_waits_for_its_ticks() -> None:
    group, [read] = make_group()
    store(0, read, [1], [2])
    assert NOON not in seal.due_hours(NOON + HOUR + timedelta(minutes=4))
    assert NOON in seal.due_hours(NOON + HOUR + timedelta(minutes=5))
    later = timezone.now() + timedelta(minutes=1)
    tick = Tick.objects.create(
        cluster=group.cluster, slot_at=at(5), claimed_at=at(5), leased_until=later
    )
    assert not seal.seal(NOON)
    tick.delete()
    assert seal.seal(NOON)
    assert NOON not in seal.due_hours(NOON + 2 * HOUR)


@pytest.mark.django_db
def test_an_hour_that_stays_open_for_long_is_told() -> None:
    _, [read] = make_group()
    store(0, read, [1], [2])
    assert seal.overdue_hours(NOON + HOUR + timedelta(minutes=59)) == []
    assert seal.overdue_hours(NOON + 2 * HOUR) == [NOON]


@pytest.mark.usefixtures("no_series")
def test_two_at_once_do_no_harm() -> None:
    world()

    def run(_: int) -> bool:
        try:
            return seal.seal(NOON)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(run, range(4))) == 1
    assert len(rows("monitor_lag_block")) == 2


@pytest.mark.usefixtures("no_series")
def test_a_tick_that_is_storing_is_waited_for() -> None:
    _, [read] = make_group()
    store(0, read, [1], [2])

    def run() -> bool:
        try:
            return seal.seal(NOON)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            store(1, read, [2], [3])
            sealing = pool.submit(run)
            with pytest.raises(TimeoutError):
                sealing.result(timeout=0.5)
        assert sealing.result(timeout=10)
    with connection.cursor() as cursor:
        cursor.execute("SELECT samples FROM monitor_lag_summary")
        assert cursor.fetchall() == [(2,)]


KILLED = """
    import django
    django.setup()
    from datetime import datetime
    from monitor.series import seal
    def wait(*_):
        print("folded", flush=True)
        import time
        time.sleep(60)
    seal._count = wait
    seal.seal(datetime.fromisoformat({hour!r}))
"""


@pytest.mark.acceptance
@pytest.mark.usefixtures("no_series")
def test_a_process_killed_in_mid_fold_changes_nothing() -> None:
    group, _ = world()
    before, nothing = chart(group), sealed_rows()
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(KILLED.format(hour=NOON.isoformat()))],
        env={**os.environ, "DATABASE_URL": database_url()},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process:
        assert process.stdout.readline() == "folded\n"
        process.send_signal(signal.SIGKILL)
    assert sealed_rows() == nothing
    assert chart(group) == before
    assert _eventually(lambda: seal.seal(NOON))
    assert chart(group) == before


def _eventually(succeeds: Callable[[], bool]) -> bool:
    """Postgres notices a killed client within moments."""
    return any(succeeds() for _ in range(200))


@pytest.mark.usefixtures("no_series")
def test_an_hour_without_one_of_its_partitions_is_sealed_all_the_same() -> None:
    _, [read] = make_group()
    store(0, read, [1], [2])
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {partition_name('monitor_backlog_sample', NOON)}")
    assert seal.seal(NOON)
    assert is_sealed(NOON)
