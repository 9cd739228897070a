from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.db import OperationalError, connection
from psycopg import sql

from monitor.series.partitions import (
    BLOCKS,
    OPEN,
    SUMMARIES,
    TABLES,
    Grain,
    ensure_hour,
    ensure_partitions,
    ensure_sealed_partitions,
    hours_without_partition,
    partition_name,
)
from monitor.series.retention import GRACE, Keep, drop_old
from monitor.series.seal import due_hours, seal_due
from monitor.series.sealed import mark_sealed
from tests.database import database_url
from tests.monitor.series.worlds import NOON

HOUR = timedelta(hours=1)


def hour_of(partition: str) -> datetime:
    return OPEN.start_in(partition.rpartition("_")[2])


def attached(table: str) -> set[datetime]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass",
            [table],
        )
        return {hour_of(name) for (name,) in cursor.fetchall()}


pytestmark = pytest.mark.usefixtures("no_series")


def keep(open_hours: int = 1) -> Keep:
    return Keep(open_hours, after_sealing=timedelta(0), block_days=30, summary_days=400)


def test_hours_are_made_ahead_and_only_once() -> None:
    made = ensure_partitions(NOON + timedelta(minutes=59))
    assert len(made) == 5 * len(TABLES)
    assert ensure_partitions(NOON) == []
    for table in TABLES:
        assert attached(table) == {NOON + HOUR * number for number in range(-1, 4)}


def test_a_tick_makes_no_hour_but_its_own() -> None:
    ensure_hour(NOON + timedelta(minutes=59))
    for table in TABLES:
        assert attached(table) == {NOON}


def test_a_tick_does_not_wait_for_an_hour_ahead() -> None:
    ensure_hour(NOON)
    with psycopg.connect(database_url()) as holder, connection.cursor() as cursor:
        holder.execute("LOCK TABLE monitor_lag_sample IN SHARE MODE")
        cursor.execute("SET lock_timeout = '200ms'")
        try:
            ensure_hour(NOON)
            with pytest.raises(OperationalError):  # the upkeep does wait
                ensure_partitions(NOON)
        finally:
            cursor.execute("RESET lock_timeout")


def test_a_sealed_hour_is_not_made_anew_for_a_tick() -> None:
    mark_sealed(NOON, subjects=0, samples=0)
    ensure_hour(NOON)
    assert attached(TABLES[0]) == set()


def test_the_hours_that_are_missing_are_told() -> None:
    assert hours_without_partition(NOON) == [NOON, NOON + HOUR, NOON + 2 * HOUR]
    ensure_partitions(NOON)
    assert hours_without_partition(NOON + HOUR) == []
    assert hours_without_partition(NOON + 2 * HOUR) == [NOON + 4 * HOUR]


def test_two_processes_make_them_at_once_without_error() -> None:
    def make(_: int) -> int:
        try:
            return len(ensure_partitions(NOON))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(make, range(4))) == 5 * len(TABLES)


def test_old_hours_are_dropped_and_the_kept_stay() -> None:
    ensure_partitions(NOON)
    ensure_partitions(NOON + 5 * HOUR)
    dropped = drop_old(NOON + 5 * HOUR, keep(open_hours=3))
    assert {hour_of(name) for name in dropped.names} == {NOON - HOUR, NOON, NOON + HOUR}
    assert attached(TABLES[0]) == {NOON + HOUR * number for number in range(2, 9)}


def test_a_reader_makes_retention_wait_for_the_next_run_and_it_then_finishes() -> None:
    ensure_partitions(NOON)
    with psycopg.connect(**connection.get_connection_params()) as reader:
        table = sql.Identifier(partition_name(TABLES[0], NOON))
        reader.execute(sql.SQL("SELECT * FROM {}").format(table))
        dropped = drop_old(NOON + timedelta(days=9), keep(), patience_ms=200)
        assert partition_name(TABLES[0], NOON) in dropped.stuck
        reader.rollback()
    assert drop_old(NOON + timedelta(days=9), keep()).stuck == []
    assert [attached(table) for table in TABLES] == [set(), set(), set()]


def test_a_partition_that_was_detached_but_not_dropped_is_dropped() -> None:
    ensure_partitions(NOON)
    name = partition_name(TABLES[1], NOON)
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {TABLES[1]} DETACH PARTITION {name}")
    assert name in drop_old(NOON + timedelta(days=9), keep()).names


def test_a_reader_of_one_table_holds_up_no_other() -> None:
    ensure_partitions(NOON)
    with psycopg.connect(**connection.get_connection_params()) as reader:
        table = sql.Identifier(partition_name(TABLES[0], NOON))
        reader.execute(sql.SQL("SELECT * FROM {}").format(table))
        drop_old(NOON + timedelta(days=9), keep(), patience_ms=200)
        assert attached(TABLES[1]) == attached(TABLES[2]) == set()


def test_blocks_are_kept_by_day_and_summaries_by_month() -> None:
    ensure_sealed_partitions(NOON)
    assert {start_in(BLOCKS), start_in(SUMMARIES)} == {("0301", "0302"), ("03", "04")}
    assert drop_old(NOON + timedelta(days=30), keep()).names == []
    dropped = drop_old(NOON + timedelta(days=31), keep()).names
    assert sorted(dropped) == sorted(f"{table}_20260301" for table in BLOCKS.tables)
    dropped = drop_old(NOON + timedelta(days=500), keep()).names
    assert {f"{table}_202604" for table in SUMMARIES.tables} <= set(dropped)


def start_in(grain: Grain) -> tuple[str, ...]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass"
            " ORDER BY 1",
            [grain.tables[0]],
        )
        return tuple(name.rpartition("_2026")[2] for (name,) in cursor.fetchall())


def test_a_month_ends_where_the_next_begins() -> None:
    for month in range(1, 13):
        start = datetime(2028, month, 1, tzinfo=UTC)
        assert SUMMARIES.end_of(start) == datetime(
            2028 + month // 12, month % 12 + 1, 1, tzinfo=UTC
        )


def test_an_open_hour_goes_once_it_and_the_next_are_sealed() -> None:
    ensure_partitions(NOON)
    now = NOON + 3.5 * HOUR
    mark_sealed(NOON, subjects=0, samples=0)
    assert drop_old(now, keep(open_hours=48)).names == []
    mark_sealed(NOON + HOUR, subjects=0, samples=0)
    # As of the database's clock they were sealed a moment ago: somebody may read them as open.
    assert drop_old(now, keep(open_hours=48)).names == []
    with connection.cursor() as cursor:
        cursor.execute("UPDATE monitor_sealed_hour SET sealed_at = %s", [now - 2 * GRACE])
    slow = Keep(48, after_sealing=12 * HOUR, block_days=30, summary_days=400)
    assert drop_old(now, slow).names == []
    dropped = drop_old(now, keep(open_hours=48)).names
    assert {hour_of(name) for name in dropped} == {NOON}
    assert {hour for hour in attached(TABLES[0]) if hour < NOON + HOUR} == {NOON - HOUR}


def test_an_hour_that_could_not_be_sealed_is_dropped_loudly(
    caplog: pytest.LogCaptureFixture,
) -> None:
    add_sample(NOON)
    drop_old(NOON + 49 * HOUR, keep(open_hours=48))
    errors = [record for record in caplog.records if record.levelname == "ERROR"]
    assert {record.__dict__["hour"] for record in errors} == {NOON}


def test_an_hour_without_samples_is_not_sealed_and_goes_after_a_day() -> None:
    ensure_partitions(NOON)
    add_sample(NOON + HOUR)
    assert due_hours(NOON + 9 * HOUR) == [NOON + HOUR]
    assert drop_old(NOON + 24 * HOUR, keep(open_hours=48)).names != []
    assert attached(TABLES[0]) == {NOON + HOUR * number for number in range(5)}


def test_a_clock_that_ran_ahead_and_came_back_finds_its_hours() -> None:
    """Two days ahead for a moment: upkeep sealed and dropped by that clock."""
    ensure_partitions(NOON)
    add_sample(NOON)
    ahead = NOON + timedelta(days=2)
    ensure_partitions(ahead)
    assert seal_due(ahead) == [NOON]
    drop_old(ahead, keep(open_hours=168))
    ensure_partitions(NOON + HOUR)
    for hours in (1, 2, 3):
        add_sample(NOON + hours * HOUR)


def add_sample(at: datetime) -> None:
    ensure_partitions(at)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO monitor_backlog_sample (sampled_at, source_id, depth_is_exact, by_type)"
            " VALUES (%s, 1, true, '{}')",
            [at],
        )


def test_a_sealed_hour_is_not_made_anew() -> None:
    mark_sealed(NOON, subjects=0, samples=0)
    ensure_partitions(NOON + HOUR)
    assert NOON not in attached(TABLES[0])
    assert NOON + HOUR in attached(TABLES[0])
