"""An hour of one subject in a few numbers, worked out from what its block holds. Pure.

Every sample stands for one interval. A gap is a hole between two samples of the hour that is longer
than one and a half intervals. None is unknown.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from monitor.series.gaps import HOLE_IN_INTERVALS
from monitor.series.rates import known_sum
from monitor.series.samples import STATUSES, BacklogSamples, Floats, Int64s, Totals

Numbers = npt.NDArray[np.int64] | npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Spread:
    """Smallest, largest, mean and last of what is known; `last` is None if that one is not."""

    min: Any
    max: Any
    mean: float | None
    last: Any


@dataclass(frozen=True, slots=True)
class Sampling:
    """How an hour was sampled; times are microseconds."""

    interval_seconds: int
    samples: int
    gaps: int
    first_at: int
    last_at: int


@dataclass(frozen=True, slots=True)
class LagSummary:
    """A group in one topic. `unknown_partitions` is the most that any sample had."""

    sampling: Sampling
    lag: Spread
    time_lag: Spread
    unknown_partitions: int
    produced: int | None
    consumed: int | None
    status_worst: str
    status_seconds: dict[str, int]


@dataclass(frozen=True, slots=True)
class BacklogSummary:
    """An outbox; rates are means."""

    sampling: Sampling
    depth: Spread
    age: Spread
    inserted_per_second: float | None
    published_per_second: float | None
    failed_last: int | None


def of_lag(totals: Totals, interval_seconds: int) -> LagSummary:
    """Of at least one sample."""
    counts = np.bincount(totals.badness, minlength=len(STATUSES)).tolist()
    return LagSummary(
        sampling=sampling(totals.times, interval_seconds),
        lag=_spread(totals.lag),
        time_lag=_spread(totals.time_lag_seconds),
        unknown_partitions=int(totals.unknown_partitions.max()),
        produced=_sum(totals.produced),
        consumed=_sum(totals.consumed),
        status_worst=STATUSES[int(totals.badness.max())],
        status_seconds={
            status: count * interval_seconds
            for status, count in zip(STATUSES, counts, strict=True)
            if count
        },
    )


def of_backlog(samples: BacklogSamples, interval_seconds: int) -> BacklogSummary:
    """Of at least one sample. That nothing waits in one is no answer while another is unknown."""
    age = _spread(samples.oldest_age_seconds)
    if age.max == 0 and np.isnan(samples.oldest_age_seconds).any():
        age = Spread(age.min, None, age.mean, age.last)
    return BacklogSummary(
        sampling=sampling(samples.times, interval_seconds),
        depth=_spread(samples.depth),
        age=age,
        inserted_per_second=mean(samples.inserted_per_second),
        published_per_second=mean(samples.published_per_second),
        failed_last=_spread(samples.failed).last,
    )


def sampling(times: Int64s, interval_seconds: int) -> Sampling:
    hole = HOLE_IN_INTERVALS * interval_seconds * 1_000_000
    return Sampling(
        interval_seconds=interval_seconds,
        samples=len(times),
        gaps=int((np.diff(times) > hole).sum()),
        first_at=int(times[0]),
        last_at=int(times[-1]),
    )


def mean(values: Floats) -> float | None:
    """Of what is known."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else None


def _spread(values: Numbers) -> Spread:
    is_known = ~np.isnan(values) if values.dtype == np.float64 else values >= 0
    known = values[is_known]
    if not len(known):
        return Spread(None, None, None, None)
    last = values[-1].item() if is_known[-1] else None
    return Spread(known.min().item(), known.max().item(), float(known.mean()), last)


def _sum(moves: Int64s) -> int | None:
    total = int(known_sum(moves, axis=0))
    return total if total >= 0 else None
