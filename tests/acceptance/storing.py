"""Ticks held up in the middle of storing, and what they left behind; of any database by its URL."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg


@contextmanager
def storing_held_up(database: str) -> Iterator[None]:
    """A tick waits, its heads copied, in the COPY of its groups' samples until the block ends."""
    with psycopg.connect(database) as holder:
        holder.execute("LOCK TABLE monitor_lag_sample IN SHARE MODE")
        yield


def a_tick_waits(database: str) -> bool:
    return ticks_that_wait(database) > 0


def ticks_that_wait(database: str) -> int:
    """In their COPY; the upkeep asks for other locks of the same table."""
    query = (
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'RowExclusiveLock'"
        " AND relation = 'monitor_lag_sample'::regclass"
    )
    return count(database, query)


def sessions_waiting_for_a_row(database: str) -> int:
    """The first in the queue waits for the transaction, all others for the row itself."""
    query = (
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype IN ('transactionid', 'tuple')"
    )
    return count(database, query)


def samples_without_tick(database: str) -> int:
    """Samples of groups and topics that no tick that is done stands for."""
    missing = (
        "SELECT count(*) FROM {table} s LEFT JOIN monitor_tick t"
        " ON t.slot_at = s.sampled_at AND t.state = 'DONE' WHERE t.id IS NULL AND s.{owner} IN"
        " (SELECT id FROM {owners})"
    )
    lags = missing.format(
        table="monitor_lag_sample", owner="group_topic_id", owners="monitor_grouptopic"
    )
    heads = missing.format(table="monitor_head_sample", owner="topic_id", owners="monitor_topic")
    return count(database, lags) + count(database, heads)


def doubled_samples(database: str) -> int:
    """Samples beyond the first of one group and topic at one time."""
    query = "SELECT count(*) - count(DISTINCT (group_topic_id, sampled_at)) FROM monitor_lag_sample"
    return count(database, query)


def count(database: str, query: str, *values: str) -> int:
    """The one number that a query answers."""
    with psycopg.connect(database) as asked:
        row = asked.execute(query.encode(), values).fetchone()
    assert row is not None
    return int(row[0])
