"""Writing one tick's samples by binary COPY, inside the caller's transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
from django.db import connection

from monitor.series import copyformat as wire

Int64s = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class HeadRows:
    """Edges of logs, a row per topic; flat arrays cut by `starts`, below zero unknown."""

    topic_ids: Int64s
    starts: Int64s
    log_start: Int64s
    log_end: Int64s
    stable_end: Int64s


@dataclass(frozen=True, slots=True)
class LagRows:
    """Commits and their judgement, a row per group and topic.

    Flat arrays are cut by `starts`. Below zero (NaN for `time_lag_seconds`) means unknown. A
    partition with an unknown commit and no flag is not the group's.
    """

    group_topic_ids: Int64s
    starts: Int64s
    committed: Int64s
    flags: npt.NDArray[np.int16]
    lag: Int64s
    lag_max: Int64s
    unknown_partitions: Int64s
    time_lag_seconds: Floats
    statuses: Sequence[str]
    members: Int64s


def write_heads(sampled_at: datetime, shard: int, rows: HeadRows) -> None:
    copy(
        "monitor_head_sample",
        {
            **_of_tick(sampled_at, shard, len(rows.topic_ids)),
            "topic_id": wire.numbers(rows.topic_ids, "int8"),
            **head_arrays(rows),
        },
    )


def head_arrays(rows: HeadRows) -> dict[str, wire.Column]:
    """The edges of each topic's log, as columns of arrays."""
    return {
        name: wire.number_arrays(values, rows.starts, "int8", values >= 0)
        for name, values in (
            ("log_start", rows.log_start),
            ("log_end", rows.log_end),
            ("stable_end", rows.stable_end),
        )
    }


def write_lags(sampled_at: datetime, shard: int, rows: LagRows) -> None:
    seconds = rows.time_lag_seconds
    copy(
        "monitor_lag_sample",
        {
            **_of_tick(sampled_at, shard, len(rows.group_topic_ids)),
            "group_topic_id": wire.numbers(rows.group_topic_ids, "int8"),
            "committed": wire.number_arrays(
                rows.committed, rows.starts, "int8", rows.committed >= 0
            ),
            "flags": wire.number_arrays(rows.flags, rows.starts, "int2"),
            "lag": wire.numbers(rows.lag, "int8", rows.lag >= 0),
            "lag_max": wire.numbers(rows.lag_max, "int8", rows.lag_max >= 0),
            "unknown_partitions": wire.numbers(rows.unknown_partitions, "int4"),
            "time_lag_seconds": wire.numbers(seconds, "float8", ~np.isnan(seconds)),
            "status": [wire.text(status) for status in rows.statuses],
            "members": wire.numbers(rows.members, "int4", rows.members >= 0),
        },
    )


def copy(table: str, columns: Mapping[str, wire.Column]) -> None:
    """COPY encoded columns into a table; names are ours, never a user's."""
    with connection.cursor() as cursor:
        statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)"
        with cursor.copy(statement) as stream:
            stream.write(wire.rows(list(columns.values())))


def update(table: str, ids: wire.Column, columns: Mapping[str, wire.Column]) -> None:
    """Change rows in bulk: they travel by COPY into a table of the caller's transaction, and one
    UPDATE takes them over. Names are ours, never a user's.
    """
    fresh, names = f"{table}_fresh", ", ".join(columns)
    taken_over = ", ".join(f"{name} = {fresh}.{name}" for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMP TABLE {fresh} ON COMMIT DROP AS"  # noqa: S608 # our own names
            f" SELECT id, {names} FROM {table} WITH NO DATA"
        )
        copy(fresh, {"id": ids, **columns})
        cursor.execute(
            f"UPDATE {table} SET {taken_over} FROM {fresh}"  # noqa: S608 # our own names
            f" WHERE {table}.id = {fresh}.id"
        )
        cursor.execute(f"DROP TABLE {fresh}")


def _of_tick(sampled_at: datetime, shard: int, count: int) -> dict[str, wire.Column]:
    shard_of_all = wire.numbers(np.full(count, shard), "int2")
    return {
        "sampled_at": wire.repeated(wire.timestamptz(sampled_at), count),
        "shard": shard_of_all,
    }
