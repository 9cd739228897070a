"""Reads one outbox table, bounded in time and in the rows that it touches."""

from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg import sql

from monitor.outboxes.presets.base import Preset
from monitor.outboxes.queries import OutboxQueries
from monitor.outboxes.reading import BacklogReading, Counters

DEPTH_CAP = 10_000
COUNT_CAP = 100_000
MAX_TYPES = 50
OTHER_TYPES = "__other__"
# A relay writes published_at before it commits. Counting only what is a second old finds those
# rows in the next window instead of never.
SETTLING = timedelta(seconds=1)


def read(
    connection: psycopg.Connection[tuple[Any, ...]],
    table_name: str,
    *,
    preset: Preset,
    since: datetime | None,
    depth_cap: int = DEPTH_CAP,
) -> BacklogReading:
    """Probe once. `since` is the last probe's `counters.read_at`; null leaves `published` unknown.

    Raises psycopg.Error for what the database refuses, ConfigurationError for a bad table name.
    """
    queries = OutboxQueries(table_name, preset)
    counters, dead_tuples = _counters(connection, queries)
    types, oldest_age_seconds = _waiting(connection, queries, depth_cap)
    counted = sum(count for _, count in types)
    is_exact = counted <= depth_cap
    return BacklogReading(
        depth=counted if is_exact else max(counted, _estimate(connection, queries)),
        depth_is_exact=is_exact,
        oldest_age_seconds=oldest_age_seconds,
        by_type=_shortened(types),
        failed=_capped(connection, queries.failed()),
        published=_published(connection, queries, since, counters.read_at),
        dead_tuples=dead_tuples,
        counters=counters,
    )


def _waiting(
    connection: psycopg.Connection[tuple[Any, ...]], queries: OutboxQueries, depth_cap: int
) -> tuple[list[tuple[Any, ...]], float | None]:
    """Pending rows by type, and the age of the oldest (0 where none waits), of one moment.

    Asked one after the other, the relay could publish the last row in between: rows would wait
    whose age nobody knows.
    """
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    with connection.transaction():
        types = _rows(connection, queries.by_type(), limit=depth_cap + 1)
        return types, _rows(connection, queries.oldest())[0][0] if types else 0.0


def _counters(
    connection: psycopg.Connection[tuple[Any, ...]], queries: OutboxQueries
) -> tuple[Counters, int | None]:
    table = queries.table.as_string(connection)
    [(now, position, inserted, reset_at, dead)] = _rows(connection, queries.counters(), table=table)
    return Counters(now - SETTLING, position, inserted, reset_at), dead


def _published(
    connection: psycopg.Connection[tuple[Any, ...]],
    queries: OutboxQueries,
    since: datetime | None,
    until: datetime,
) -> int | None:
    if since is None:
        return None
    return _capped(connection, queries.published(), since=since, until=until)


def _capped(
    connection: psycopg.Connection[tuple[Any, ...]], query: sql.Composed, **values: Any
) -> int | None:
    count: int = _rows(connection, query, limit=COUNT_CAP + 1, **values)[0][0]
    return count if count <= COUNT_CAP else None


def _estimate(connection: psycopg.Connection[tuple[Any, ...]], queries: OutboxQueries) -> int:
    [(plan,)] = _rows(connection, queries.estimate())
    return int(plan[0]["Plan"]["Plan Rows"])


def _shortened(types: list[tuple[Any, ...]]) -> dict[str, int]:
    """The types with most rows by name, all others under one name."""
    shown = dict(types[:MAX_TYPES])
    if len(types) > MAX_TYPES:
        shown[OTHER_TYPES] = sum(count for _, count in types[MAX_TYPES:])
    return shown


def _rows(
    connection: psycopg.Connection[tuple[Any, ...]], query: sql.Composed, **values: Any
) -> list[tuple[Any, ...]]:
    return connection.execute(query, values).fetchall()
