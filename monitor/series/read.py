"""Series as charts want them: about a thousand points from every sample, gaps kept.

A point stands at its bucket's last sample and carries the bucket's minimum and maximum; a hole
longer than one and a half intervals is a point of None. Up to two weeks are read sample by sample,
from sealed blocks and open rows alike; longer ranges, those whose blocks are dropped, and groups
with very many topics from the summaries of hours.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from monitor.errors import NotFoundError
from monitor.models import Group, GroupTopic, OutboxSource
from monitor.series import backlog_points, interval, open_rows, points, rates, sealed_read
from monitor.series.backlog_points import BacklogPoints
from monitor.series.clusters import LONGEST_BY_SAMPLE, ClusterRates, cluster_rates
from monitor.series.gaps import Layout, joined, lay_out
from monitor.series.hours import Hours, hours_of
from monitor.series.interval import Intervals
from monitor.series.moments import microseconds
from monitor.series.points import HOUR_MICROSECONDS, Points
from monitor.series.samples import STATUSES, Floats, Int64s, cut
from monitor.series.strips import status_strips

__all__ = [
    "BacklogSeries",
    "ClusterRates",
    "GroupSeries",
    "backlog_series",
    "cluster_rates",
    "group_series",
    "status_strips",
]


# A second's work or so; a group with so many topics is drawn by the hour.
MOST_BLOCKS = 10_000


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


def group_series(
    group_id: int, *, start: datetime, end: datetime, points: int = 1000
) -> GroupSeries:
    """A group's chart over a range. Raises NotFoundError for an unknown group."""
    group = Group.objects.filter(pk=group_id).select_related("cluster__state").first()
    if group is None:
        raise NotFoundError(f"There is no group {group_id}.")
    topic_of = dict(GroupTopic.objects.filter(group=group).values_list("id", "topic_id"))
    every, hours = interval.over(group.cluster, start, end), hours_of(start, end)
    by_sample = _is_by_sample(hours, subjects=len(topic_of))
    topics = _by_sample(topic_of, hours) if by_sample else _by_hour(topic_of, hours)
    if not topics:
        return GroupSeries()
    return _drawn(topics, topic_of, _Buckets(hours, points, every, by_sample=by_sample))


def backlog_series(
    source_id: int, *, start: datetime, end: datetime, points: int = 1000
) -> BacklogSeries:
    """An outbox's chart over a range. Raises NotFoundError for an unknown outbox."""
    source = OutboxSource.objects.filter(pk=source_id).first()
    if source is None:
        raise NotFoundError(f"There is no outbox {source_id}.")
    every, hours = interval.over(source, start, end), hours_of(start, end)
    by_sample = _is_by_sample(hours, subjects=1)
    found = _backlog(source_id, hours, by_sample=by_sample)
    buckets = _Buckets(hours, points, every, by_sample=by_sample)
    drawn = backlog_points.in_buckets(found, buckets.of(found.last))
    layout = buckets.lay_out(drawn.first, drawn.last)
    return BacklogSeries(
        layout.times,
        depth=layout.spread(_known(drawn.depth)),
        oldest_age_seconds=layout.spread(_known_floats(drawn.oldest_age_seconds)),
        inserted_per_second=layout.spread(_known_floats(drawn.inserted_per_second)),
        published_per_second=layout.spread(_known_floats(drawn.published_per_second)),
        failed=layout.spread(_known(drawn.failed)),
    )


class _Buckets:
    """How a range is cut: from its start, or in whole hours where it is read by hour."""

    def __init__(self, hours: Hours, points: int, every: Intervals, *, by_sample: bool) -> None:
        self._every = every
        length = microseconds(hours.end) - microseconds(hours.start)
        width = length // max(points, 1)
        if by_sample:
            self._width = max(round(every.least * 1_000_000), width)
            self._start = microseconds(hours.start)
        else:
            self._width = max(-(-width // HOUR_MICROSECONDS), 1) * HOUR_MICROSECONDS
            self._start = microseconds(hours.start) // HOUR_MICROSECONDS * HOUR_MICROSECONDS

    def of(self, times: Int64s) -> Int64s:
        bucket: Int64s = (times - self._start) // self._width
        return bucket

    def lay_out(self, first: Int64s, last: Int64s) -> Layout:
        return lay_out(
            (first / 1_000_000).tolist(),
            (last / 1_000_000).tolist(),
            interval_at=self._every.at,
        )


def _drawn(
    topics: Mapping[int, Points], topic_of: Mapping[int, int], buckets: _Buckets
) -> GroupSeries:
    whole = points.of_group(topics)
    drawn = points.in_buckets(whole, buckets.of(whole.last))
    layout = buckets.lay_out(drawn.first, drawn.last)
    times, is_joined = (drawn.last / 1_000_000).tolist(), joined(layout)
    consumed, produced = (
        rates.per_second(moves[1:], times, is_joined) for moves in (drawn.consumed, drawn.produced)
    )
    return GroupSeries(
        times=layout.times,
        lag=layout.spread(_known(drawn.lag)),
        lag_min=layout.spread(_known(drawn.lag_min)),
        lag_max=layout.spread(_known(drawn.lag_max)),
        unknown_partitions=layout.spread(_known(drawn.unknown_partitions)),
        time_lag_seconds=layout.spread(_known_floats(drawn.time_lag_seconds)),
        produced_per_second=layout.spread(produced),
        consumed_per_second=layout.spread(consumed),
        status=layout.spread([STATUSES[place] for place in drawn.badness.tolist()]),
        topics={
            topic_of[read]: layout.spread(_known(points.lag_at(own, drawn.key)))
            for read, own in topics.items()
        },
    )


def _is_by_sample(hours: Hours, *, subjects: int) -> bool:
    return (
        hours.end - hours.start <= LONGEST_BY_SAMPLE
        and hours.are_blocks_kept
        and subjects * len(hours.sealed) <= MOST_BLOCKS
    )


def _by_sample(topic_of: Mapping[int, int], hours: Hours) -> dict[int, Points]:
    pieces = _open(topic_of, hours)
    first, last = microseconds(hours.start), microseconds(hours.end)
    for read, totals in sealed_read.lag_totals(list(topic_of), hours):
        pieces[read].append(points.of_totals(cut(totals, first, last)))
    return _joined(pieces)


def _by_hour(topic_of: Mapping[int, int], hours: Hours) -> dict[int, Points]:
    pieces = {
        read: list(map(points.by_hour, some)) for read, some in _open(topic_of, hours).items()
    }
    for read, sealed in sealed_read.lag_hours(list(topic_of), hours).items():
        pieces.setdefault(read, []).append(sealed)
    return _joined(pieces)


def _open(topic_of: Mapping[int, int], hours: Hours) -> defaultdict[int, list[Points]]:
    pieces: defaultdict[int, list[Points]] = defaultdict(list)
    for opens, closes in hours.stretches:
        for read, totals in open_rows.read_totals(topic_of, opens, closes).items():
            pieces[read].append(points.of_totals(totals))
    return pieces


def _joined(pieces: Mapping[int, Sequence[Points]]) -> dict[int, Points]:
    """Without what has no samples in the range."""
    joined_up = {read: points.joined_up(Points, some) for read, some in pieces.items()}
    return {read: one for read, one in joined_up.items() if len(one.key)}


def _backlog(source_id: int, hours: Hours, *, by_sample: bool) -> BacklogPoints:
    if by_sample:
        first, last = microseconds(hours.start), microseconds(hours.end)
        sealed = sealed_read.backlog_samples(source_id, hours)
        pieces = [backlog_points.of_samples(cut(samples, first, last)) for samples in sealed]
    else:
        pieces = sealed_read.backlog_hours(source_id, hours)
    for opens, closes in hours.stretches:
        for samples in open_rows.read_backlogs([source_id], opens, closes).values():
            pieces.append(backlog_points.of_samples(samples))
    return points.joined_up(BacklogPoints, pieces)


def _known(values: Int64s) -> list[int | None]:
    return [value if value >= 0 else None for value in values.tolist()]


def _known_floats(values: Floats) -> list[float | None]:
    return [
        None if unknown else value
        for value, unknown in zip(values.tolist(), np.isnan(values), strict=True)
    ]
