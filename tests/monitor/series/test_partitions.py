from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import psycopg
import pytest
from django.db import connection
from django.utils import timezone
from psycopg import sql

from monitor.series.partitions import (
    TABLES,
    ensure_partitions,
    hour_of,
    hours_without_partition,
    partition_name,
)
from monitor.series.retention import drop_old
from tests.monitor.series.worlds import NOON

HOUR = timedelta(hours=1)


def attached(table: str) -> set[datetime]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass",
            [table],
        )
        return {hour_of(name) for (name,) in cursor.fetchall()}


@pytest.fixture(autouse=True)
def clean(transactional_db: None) -> None:
    drop_old(timezone.now() + timedelta(days=365), keep_hours=1)


def test_hours_are_made_ahead_and_only_once() -> None:
    made = ensure_partitions(NOON + timedelta(minutes=59))
    assert len(made) == 5 * len(TABLES)
    assert ensure_partitions(NOON) == []
    for table in TABLES:
        assert attached(table) == {NOON + HOUR * number for number in range(-1, 4)}


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
    dropped = drop_old(NOON + 5 * HOUR, keep_hours=3)
    assert {hour_of(name) for name in dropped} == {NOON - HOUR, NOON, NOON + HOUR}
    assert attached(TABLES[0]) == {NOON + HOUR * number for number in range(2, 9)}


def test_a_reader_makes_retention_wait_for_the_next_run_and_it_then_finishes() -> None:
    ensure_partitions(NOON)
    with psycopg.connect(**connection.get_connection_params()) as reader:
        table = sql.Identifier(partition_name(TABLES[0], NOON))
        reader.execute(sql.SQL("SELECT * FROM {}").format(table))
        dropped = drop_old(NOON + timedelta(days=9), keep_hours=1, patience_ms=200)
        assert partition_name(TABLES[0], NOON) not in dropped
        reader.rollback()
    drop_old(NOON + timedelta(days=9), keep_hours=1)
    assert [attached(table) for table in TABLES] == [set(), set(), set()]


def test_a_partition_that_was_detached_but_not_dropped_is_dropped() -> None:
    ensure_partitions(NOON)
    name = partition_name(TABLES[1], NOON)
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {TABLES[1]} DETACH PARTITION {name}")
    assert name in drop_old(NOON + timedelta(days=9), keep_hours=1)
