"""Series as charts want them: about a thousand points from every sample, gaps kept.

A point stands at its bucket's last sample and carries the bucket's minimum and maximum; a hole
longer than one and a half intervals is a point of None.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from monitor.errors import NotFoundError
from monitor.models import Group, GroupTopic, OutboxSource
from monitor.series import interval, rates
from monitor.series.arrays import UNKNOWN, columns_cursor, stacked
from monitor.series.clusters import ClusterRates, cluster_rates
from monitor.series.gaps import Layout, joined, lay_out
from monitor.series.strips import status_strips
from monitor.values import Status

__all__ = [
    "BacklogSeries",
    "ClusterRates",
    "GroupSeries",
    "backlog_series",
    "cluster_rates",
    "group_series",
    "status_strips",
]

Int64s = npt.NDArray[np.int64]

_STATUSES = [status.value for status in Status]  # by badness: the highest place is the worst


@dataclass(frozen=True)
class GroupSeries:
    """A group over time. `times` are epoch seconds; every other list runs beside it.

    `lag` is the bucket's last, of the partitions whose lag is known (`unknown_partitions` tells
    how many are not); `time_lag_seconds` and `status` are the bucket's worst. Rates are since the
    point before. `topics` maps topic ids to the lag in that topic.
    """

    times: list[float] = field(default_factory=list)
    lag: list[int | None] = field(default_factory=list)
    lag_min: list[int | None] = field(default_factory=list)
    lag_max: list[int | None] = field(default_factory=list)
    unknown_partitions: list[int | None] = field(default_factory=list)
    time_lag_seconds: list[float | None] = field(default_factory=list)
    produced_per_second: list[float | None] = field(default_factory=list)
    consumed_per_second: list[float | None] = field(default_factory=list)
    status: list[str | None] = field(default_factory=list)
    topics: dict[int, list[int | None]] = field(default_factory=dict)


@dataclass(frozen=True)
class BacklogSeries:
    """An outbox over time: depth and failed rows as of the bucket's last sample, worst age.

    The age is 0 where nothing waited, and None where something did whose age is unknown.
    """

    times: list[float]
    depth: list[int | None]
    oldest_age_seconds: list[float | None]
    inserted_per_second: list[float | None]
    published_per_second: list[float | None]
    failed: list[int | None]


# A group's totals per tick, then per bucket. Bounded by ticks in the range times its topics.
_GROUP_BUCKETS = """
    WITH tick AS (
        SELECT sampled_at, sum(lag) AS lag, sum(unknown_partitions) AS unknown,
               -- A topic's 0 is no answer while another's is unknown.
               CASE WHEN bool_or(time_lag_seconds IS NULL) THEN nullif(max(time_lag_seconds), 0)
                    ELSE max(time_lag_seconds) END AS time_lag,
               max(array_position(%(statuses)s::text[], status)) AS badness
        FROM monitor_lag_sample
        WHERE group_topic_id = ANY(%(ids)s) AND sampled_at >= %(start)s AND sampled_at < %(end)s
        GROUP BY sampled_at
    )
    SELECT min(sampled_at), max(sampled_at),
           ((array_agg(lag ORDER BY sampled_at DESC))[1])::bigint,
           min(lag)::bigint, max(lag)::bigint, max(unknown)::bigint, max(time_lag), max(badness)
    FROM tick GROUP BY date_bin(%(width)s, sampled_at, %(start)s) ORDER BY 1
"""

# The samples at the points' own times: a row a point and topic, found by the primary key. Moment by
# moment (OFFSET 0 keeps it so), or every hour's index would be searched for every moment.
_COMMITS_AT = """
    SELECT group_topic_id, moment, lag, array_replace(committed, NULL, -1)
    FROM unnest(%(times)s::text::timestamptz[]) AS point(moment) CROSS JOIN LATERAL (
        SELECT group_topic_id, lag, committed FROM monitor_lag_sample
        WHERE group_topic_id = ANY(%(ids)s) AND sampled_at = moment
          AND sampled_at >= %(start)s AND sampled_at < %(end)s
        OFFSET 0
    ) AS sample
"""
_ENDS_AT = """
    SELECT topic_id, moment, NULL, array_replace(log_end, NULL, -1)
    FROM unnest(%(times)s::text::timestamptz[]) AS point(moment) CROSS JOIN LATERAL (
        SELECT topic_id, log_end FROM monitor_head_sample
        WHERE topic_id = ANY(%(ids)s) AND sampled_at = moment
          AND sampled_at >= %(start)s AND sampled_at < %(end)s
        OFFSET 0
    ) AS sample
"""

# An outbox per bucket.
_BACKLOG_BUCKETS = """
    SELECT min(sampled_at), max(sampled_at), (array_agg(depth ORDER BY sampled_at DESC))[1],
           -- That nothing waits in one sample is no answer while another's age is unknown.
           CASE WHEN bool_and(oldest_age_seconds IS NOT NULL) THEN max(oldest_age_seconds)
                ELSE nullif(max(oldest_age_seconds), 0) END,
           avg(inserted_per_second), avg(published_per_second),
           (array_agg(failed ORDER BY sampled_at DESC))[1]
    FROM monitor_backlog_sample
    WHERE source_id = %(id)s AND sampled_at >= %(start)s AND sampled_at < %(end)s
    GROUP BY date_bin(%(width)s, sampled_at, %(start)s) ORDER BY 1
"""


def group_series(
    group_id: int, *, start: datetime, end: datetime, points: int = 1000
) -> GroupSeries:
    """A group's chart over a range. Raises NotFoundError for an unknown group."""
    group = Group.objects.filter(pk=group_id).select_related("cluster").first()
    if group is None:
        raise NotFoundError(f"There is no group {group_id}.")
    reads = dict(GroupTopic.objects.filter(group=group).values_list("id", "topic_id"))
    every = interval.of(group.cluster)
    span = {"start": start, "end": end, "width": _width(start, end, points, every)}
    found = _buckets(_GROUP_BUCKETS, {"ids": list(reads), "statuses": _STATUSES, **span})
    if not found:
        return GroupSeries()
    first, last, lag, low, high, unknown, time_lag, badness = map(list, zip(*found, strict=True))
    layout = lay_out(_epochs(first), _epochs(last), interval_seconds=every.total_seconds())
    detail = _Detail(reads, last, layout, span)
    return GroupSeries(
        times=layout.times,
        lag=layout.spread(lag),
        lag_min=layout.spread(low),
        lag_max=layout.spread(high),
        unknown_partitions=layout.spread(unknown),
        time_lag_seconds=layout.spread(time_lag),
        produced_per_second=layout.spread(detail.produced()),
        consumed_per_second=layout.spread(detail.consumed()),
        status=layout.spread([_STATUSES[place - 1] for place in badness]),
        topics={topic: layout.spread(lags) for topic, lags in detail.lags().items()},
    )


def backlog_series(
    source_id: int, *, start: datetime, end: datetime, points: int = 1000
) -> BacklogSeries:
    """An outbox's chart over a range. Raises NotFoundError for an unknown outbox."""
    source = OutboxSource.objects.filter(pk=source_id).first()
    if source is None:
        raise NotFoundError(f"There is no outbox {source_id}.")
    every = interval.of(source)
    width = _width(start, end, points, every)
    asked = {"id": source_id, "start": start, "end": end, "width": width}
    found = _buckets(_BACKLOG_BUCKETS, asked)
    columns = [list(column) for column in zip(*found, strict=True)] or [[]] * 7
    first, last = _epochs(columns[0]), _epochs(columns[1])
    layout = lay_out(first, last, interval_seconds=every.total_seconds())
    return BacklogSeries(layout.times, *(layout.spread(column) for column in columns[2:]))


class _Detail:
    """The commits and ends at a chart's points, by topic."""

    def __init__(
        self, reads: dict[int, int], moments: list[datetime], layout: Layout, span: dict[str, Any]
    ) -> None:
        self._reads = reads
        self._times = _epochs(moments)
        self._joined = joined(layout)
        # As one text: a thousand moments one by one take longer to send than to look up.
        asked = {"times": "{" + ",".join(map(str, moments)) + "}", **span}
        self._commits = _by_subject(_COMMITS_AT, {"ids": list(reads), **asked}, moments)
        self._ends = _by_subject(_ENDS_AT, {"ids": list(reads.values()), **asked}, moments)

    def lags(self) -> dict[int, list[int | None]]:
        return {self._reads[key]: lags for key, (lags, _) in self._commits.items()}

    def consumed(self) -> list[float | None]:
        moves = [rates.forward_moves(offsets) for _, offsets in self._commits.values()]
        return rates.per_second(_total(moves, self._times), self._times, self._joined)

    def produced(self) -> list[float | None]:
        """Over the partitions that the group has a commit in; the rest is not its traffic."""
        moves = []
        for key, (_, committed) in self._commits.items():
            _, ends = self._ends.get(self._reads[key], ([], committed[:, :0]))
            width = min(ends.shape[1], committed.shape[1])
            is_read = committed[:, :width] != UNKNOWN
            moves.append(rates.forward_moves(np.where(is_read, ends[:, :width], UNKNOWN)))
        return rates.per_second(_total(moves, self._times), self._times, self._joined)


def _buckets(query: str, asked: dict[str, Any]) -> list[tuple[Any, ...]]:
    with columns_cursor() as cursor:
        return cursor.execute(query, asked).fetchall()


def _by_subject(
    query: str, asked: dict[str, Any], moments: Sequence[datetime]
) -> dict[int, tuple[list[int | None], Int64s]]:
    """Per subject a lag and a row of offsets for each moment; unknown where it has no sample."""
    place = {moment: index for index, moment in enumerate(moments)}
    lags: dict[int, list[int | None]] = {}
    rows: dict[int, list[Int64s]] = {}
    nothing = np.empty(0, dtype=np.int64)
    for subject, at, lag, offsets in _buckets(query, asked):
        lags.setdefault(subject, [None] * len(moments))[place[at]] = lag
        rows.setdefault(subject, [nothing] * len(moments))[place[at]] = offsets
    return {subject: (lags[subject], stacked(rows[subject])) for subject in lags}


def _total(moves: Sequence[Int64s], times: Sequence[float]) -> Int64s:
    nothing = np.full(max(len(times) - 1, 0), UNKNOWN, dtype=np.int64)
    return rates.known_sum(np.array([nothing, *moves]), axis=0)


def _width(start: datetime, end: datetime, points: int, every: timedelta) -> timedelta:
    return max(every, (end - start) / max(points, 1))


def _epochs(moments: Sequence[datetime]) -> list[float]:
    return [moment.timestamp() for moment in moments]
