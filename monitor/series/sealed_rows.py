"""Blocks and summaries as rows of their tables, and how they are written.

An hour's rows count only once `monitor_sealed_hour` has it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from psycopg import sql
from psycopg.types.json import Jsonb

from monitor.series.moments import moment
from monitor.series.summary import BacklogSummary, LagSummary, Sampling, Spread

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of sealed rows and its columns' types; the first two are the hour and the subject."""

    name: str
    types: Mapping[str, str]

    @property
    def subject(self) -> str:
        return list(self.types)[1]


_SAMPLING = {
    "interval_seconds": "int4",
    "samples": "int4",
    "gaps": "int4",
    "first_at": "timestamptz",
    "last_at": "timestamptz",
}


def _spread(name: str, kind: str) -> dict[str, str]:
    whole = dict.fromkeys((f"{name}_min", f"{name}_max"), kind)
    return {**whole, f"{name}_mean": "float8", f"{name}_last": kind}


HEAD_BLOCKS = Table(
    "monitor_head_block",
    {"hour": "timestamptz", "topic_id": "int8", "shard": "int2", "edges": "bytea"},
)
LAG_BLOCKS = Table(
    "monitor_lag_block",
    {"hour": "timestamptz", "group_topic_id": "int8", "totals": "bytea", "commits": "bytea"},
)
BACKLOG_BLOCKS = Table(
    "monitor_backlog_block", {"hour": "timestamptz", "source_id": "int8", "totals": "bytea"}
)
HEAD_SUMMARIES = Table(
    "monitor_head_summary",
    {"hour": "timestamptz", "topic_id": "int8", **_SAMPLING, "produced": "int8"},
)
LAG_SUMMARIES = Table(
    "monitor_lag_summary",
    {
        "hour": "timestamptz",
        "group_topic_id": "int8",
        **_SAMPLING,
        **_spread("lag", "int8"),
        **_spread("time_lag", "float8"),
        "unknown_partitions": "int4",
        "produced": "int8",
        "consumed": "int8",
        "status_worst": "text",
        "status_seconds": "jsonb",
    },
)
BACKLOG_SUMMARIES = Table(
    "monitor_backlog_summary",
    {
        "hour": "timestamptz",
        "source_id": "int8",
        **_SAMPLING,
        **_spread("depth", "int8"),
        **_spread("age", "float8"),
        "inserted_per_second": "float8",
        "published_per_second": "float8",
        "failed_last": "int8",
    },
)
CLUSTER_SUMMARIES = Table(
    "monitor_cluster_summary",
    {
        "hour": "timestamptz",
        "cluster_id": "int8",
        **_SAMPLING,
        "produced_per_second": "float8",
        "consumed_per_second": "float8",
    },
)
ALL = (
    HEAD_BLOCKS,
    LAG_BLOCKS,
    BACKLOG_BLOCKS,
    HEAD_SUMMARIES,
    LAG_SUMMARIES,
    BACKLOG_SUMMARIES,
    CLUSTER_SUMMARIES,
)


def head_row(hour: datetime, topic_id: int, sampled: Sampling, produced: int | None) -> Row:
    return (hour, topic_id, *_sampling(sampled), produced)


def lag_row(hour: datetime, group_topic_id: int, found: LagSummary) -> Row:
    return (
        hour,
        group_topic_id,
        *_sampling(found.sampling),
        *_spread_cells(found.lag),
        *_spread_cells(found.time_lag),
        found.unknown_partitions,
        found.produced,
        found.consumed,
        found.status_worst,
        found.status_seconds,
    )


def backlog_row(hour: datetime, source_id: int, found: BacklogSummary) -> Row:
    return (
        hour,
        source_id,
        *_sampling(found.sampling),
        *_spread_cells(found.depth),
        *_spread_cells(found.age),
        found.inserted_per_second,
        found.published_per_second,
        found.failed_last,
    )


def cluster_row(
    hour: datetime,
    cluster_id: int,
    sampled: Sampling,
    produced: float | None,
    consumed: float | None,
) -> Row:
    return (hour, cluster_id, *_sampling(sampled), produced, consumed)


def write(table: Table, rows: Iterable[Row]) -> None:
    """COPY rows into a table, inside the caller's transaction."""
    columns = sql.SQL(", ").join(map(sql.Identifier, table.types))
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        sql.Identifier(table.name), columns
    )
    with connection.cursor() as cursor, cursor.copy(statement) as stream:
        stream.set_types(list(table.types.values()))
        for row in rows:
            stream.write_row([Jsonb(cell) if isinstance(cell, dict) else cell for cell in row])


def _sampling(sampled: Sampling) -> Row:
    return (
        sampled.interval_seconds,
        sampled.samples,
        sampled.gaps,
        moment(sampled.first_at),
        moment(sampled.last_at),
    )


def _spread_cells(spread: Spread) -> Row:
    return (spread.min, spread.max, spread.mean, spread.last)
