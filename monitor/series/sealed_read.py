"""Sealed hours as columns: blocks as they were sampled, summaries as a point an hour.

Each takes the hours that its caller saw as sealed. One that is sealed meanwhile is left out, for
the caller reads its open rows.
"""

import logging
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from monitor.errors import BlockError
from monitor.series.arrays import columns_cursor
from monitor.series.backlog_points import BacklogPoints
from monitor.series.blocks import Block, decode
from monitor.series.hours import Hours
from monitor.series.moments import microseconds
from monitor.series.points import Points
from monitor.series.samples import (
    STATUSES,
    BacklogSamples,
    Totals,
    backlog_of,
    totals_of,
)
from monitor.values import Status

log = logging.getLogger(__name__)

Samples = TypeVar("Samples", Totals, BacklogSamples)

# The totals of some groups in a topic, and of some outboxes, in a range of hours, by the primary
# key. The matrix of commits stays where it is.
_LAG_BLOCKS = """
    SELECT group_topic_id, hour, totals FROM monitor_lag_block
    WHERE group_topic_id = ANY(%(ids)s) AND hour > %(start)s::timestamptz - interval '1 hour'
      AND hour < %(end)s
"""
_BACKLOG_BLOCKS = """
    SELECT source_id, hour, totals FROM monitor_backlog_block
    WHERE source_id = ANY(%(ids)s) AND hour > %(start)s::timestamptz - interval '1 hour'
      AND hour < %(end)s
"""

# The hours of some groups in a topic, and of some outboxes, whose last sample lies in a range, by
# the primary key; a row per subject. What a subquery has sorted is aggregated in that order.
_LAG_SUMMARIES = """
    SELECT group_topic_id, array_agg(hour), array_agg(first_at), array_agg(last_at),
           array_agg(coalesce(lag_last, -1)), array_agg(coalesce(lag_min, -1)),
           array_agg(coalesce(lag_max, -1)), array_agg(unknown_partitions::bigint),
           array_agg(coalesce(consumed, -1)), array_agg(coalesce(produced, -1)),
           array_agg(coalesce(array_position(%(statuses)s::text[], status_worst),
                              %(unknown)s)::bigint - 1),
           array_agg(coalesce(time_lag_max, 'NaN'))
    FROM (
        SELECT * FROM monitor_lag_summary
        WHERE group_topic_id = ANY(%(ids)s) AND hour > %(start)s::timestamptz - interval '1 hour'
          AND hour < %(end)s AND last_at >= %(start)s AND last_at < %(end)s
        ORDER BY group_topic_id, hour
    ) AS sorted
    GROUP BY group_topic_id
"""
_BACKLOG_SUMMARIES = """
    SELECT source_id, array_agg(hour), array_agg(first_at), array_agg(last_at),
           array_agg(coalesce(depth_last, -1)), array_agg(coalesce(failed_last, -1)),
           array_agg(coalesce(age_max, 'NaN')), array_agg(coalesce(inserted_per_second, 'NaN')),
           array_agg(coalesce(published_per_second, 'NaN'))
    FROM (
        SELECT * FROM monitor_backlog_summary
        WHERE source_id = ANY(%(ids)s) AND hour > %(start)s::timestamptz - interval '1 hour'
          AND hour < %(end)s AND last_at >= %(start)s AND last_at < %(end)s
        ORDER BY source_id, hour
    ) AS sorted
    GROUP BY source_id
"""


def lag_totals(read_ids: Sequence[int], hours: Hours) -> list[tuple[int, Totals]]:
    """Of each group in a topic and sealed hour; of whole hours, the first and last included."""
    return _decoded(_LAG_BLOCKS, read_ids, hours, totals_of)


def backlog_samples(source_id: int, hours: Hours) -> list[BacklogSamples]:
    found = _decoded(_BACKLOG_BLOCKS, [source_id], hours, backlog_of)
    return [samples for _, samples in found]


def lag_hours(read_ids: Sequence[int], hours: Hours) -> dict[int, Points]:
    """A point for each sealed hour whose last sample lies in the range."""
    asked = {"statuses": list(STATUSES), "unknown": Status.UNKNOWN.badness + 1}
    found = {}
    for read, hour, *columns in _ask(_LAG_SUMMARIES, read_ids, hours, **asked):
        is_sealed = np.isin(hour, hours.sealed)
        found[read] = Points(hour[is_sealed], *(column[is_sealed] for column in columns))
    return found


def backlog_hours(source_id: int, hours: Hours) -> list[BacklogPoints]:
    return [
        BacklogPoints(*(column[np.isin(hour, hours.sealed)] for column in columns))
        for _, hour, *columns in _ask(_BACKLOG_SUMMARIES, [source_id], hours)
    ]


def _decoded(
    query: str, ids: Sequence[int], hours: Hours, columns_of: Callable[[Block], Samples]
) -> list[tuple[int, Samples]]:
    """What cannot be decoded is a gap, and an error in the log; the rest is shown all the same."""
    sealed = set(hours.sealed.tolist())
    found = []
    for subject, hour, stored in _ask(query, ids, hours):
        if microseconds(hour) in sealed:
            try:
                found.append((subject, columns_of(decode(stored))))
            except BlockError as problem:
                log.error("a gap", extra={"of": subject, "hour": hour, "problem": str(problem)})
    return found


def _ask(query: str, ids: Sequence[int], hours: Hours, **more: Any) -> list[tuple[Any, ...]]:
    asked = {"ids": list(ids), "start": hours.start, "end": hours.end, **more}
    with columns_cursor() as cursor:
        return cursor.execute(query, asked).fetchall()
