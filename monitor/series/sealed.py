"""Which hours are sealed. One row an hour decides, written by `monitor.series.seal` alone."""

from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
from django.db import connection

from monitor.series.arrays import columns_cursor


def sealed_hours(
    start: datetime, end: datetime, *, before: datetime | None = None
) -> set[datetime]:
    """The hours that begin at or after `start` and before `end`, and were sealed `before` then."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT hour FROM monitor_sealed_hour WHERE hour >= %s AND hour < %s"
            " AND sealed_at < coalesce(%s::timestamptz, 'infinity')",
            [start, end, before],
        )
        return {hour.astimezone(UTC) for (hour,) in cursor.fetchall()}


def sealed_columns(start: datetime, end: datetime) -> npt.NDArray[np.int64]:
    """The same in order, as microseconds; a long range has thousands."""
    with columns_cursor() as cursor:
        [(hours,)] = cursor.execute(
            "SELECT coalesce(array_agg(hour ORDER BY hour), '{}') FROM monitor_sealed_hour"
            " WHERE hour >= %s AND hour < %s",
            [start, end],
        )
        found: npt.NDArray[np.int64] = hours
        return found


def is_sealed(hour: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM monitor_sealed_hour WHERE hour = %s", [hour])
        return cursor.fetchone() is not None


def mark_sealed(hour: datetime, *, subjects: int, samples: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO monitor_sealed_hour (hour, subjects, samples) VALUES (%s, %s, %s)",
            [hour, subjects, samples],
        )


def forget_sealed(before: datetime) -> int:
    """Delete the rows of hours of which nothing is kept any more."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM monitor_sealed_hour WHERE hour < %s", [before])
        return int(cursor.rowcount)
