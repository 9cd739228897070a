"""From what was sampled of an outbox to the points of its chart. Pure; as `points` for groups."""

from dataclasses import dataclass

import numpy as np

from monitor.series.points import mean_in
from monitor.series.samples import BacklogSamples, Floats, Int64s


@dataclass(frozen=True, slots=True)
class BacklogPoints:
    """`first` and `last` are the outermost samples of each point; numbers are the last one's,
    the age is the worst, rates are means."""

    first: Int64s
    last: Int64s
    depth: Int64s
    failed: Int64s
    oldest_age_seconds: Floats
    inserted_per_second: Floats
    published_per_second: Floats


def of_samples(samples: BacklogSamples) -> BacklogPoints:
    """A point a sample."""
    return BacklogPoints(
        samples.times,
        samples.times,
        samples.depth,
        samples.failed,
        samples.oldest_age_seconds,
        samples.inserted_per_second,
        samples.published_per_second,
    )


def in_buckets(points: BacklogPoints, bucket: Int64s) -> BacklogPoints:
    """One point a bucket; `bucket` never falls."""
    if not len(bucket):
        return points
    starts = np.flatnonzero(np.concatenate(([True], np.diff(bucket) != 0)))
    ends = np.concatenate((starts[1:], [len(bucket)])) - 1
    return BacklogPoints(
        first=points.first[starts],
        last=points.last[ends],
        depth=points.depth[ends],
        failed=points.failed[ends],
        oldest_age_seconds=_worst_age(points.oldest_age_seconds, starts),
        inserted_per_second=mean_in(points.inserted_per_second, starts),
        published_per_second=mean_in(points.published_per_second, starts),
    )


def _worst_age(ages: Floats, starts: Int64s) -> Floats:
    """That nothing waits in one sample is no answer while another's age is unknown."""
    worst = np.fmax.reduceat(ages, starts)
    has_unknown = np.logical_or.reduceat(np.isnan(ages), starts)
    return np.where((worst == 0) & has_unknown, np.nan, worst)
