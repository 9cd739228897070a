"""From what was sampled of a group's topics to the points of its chart. Pure.

A point is a sample or a sealed hour; both have the same columns. Below zero, NaN for floats, is
unknown. Times are microseconds.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from monitor.series.rates import UNKNOWN, known_sum
from monitor.series.samples import Floats, Int64s, Totals, is_float

HOUR_MICROSECONDS = 3_600_000_000

_MOST = np.iinfo(np.int64).max


class Sampled(Protocol):
    """Columns whose rows begin at `first`."""

    @property
    def first(self) -> Int64s: ...


Some = TypeVar("Some", bound=Sampled)


@dataclass(frozen=True, slots=True)
class Points:
    """One topic of a group, or all of them. `key` is what topics are matched by: the tick or hour.

    `first` and `last` are the outermost samples of the point, `lag` is the last one's.
    """

    key: Int64s
    first: Int64s
    last: Int64s
    lag: Int64s
    lag_min: Int64s
    lag_max: Int64s
    unknown_partitions: Int64s
    consumed: Int64s
    produced: Int64s
    badness: Int64s
    time_lag_seconds: Floats


def of_totals(totals: Totals) -> Points:
    """A point a sample."""
    times, lag = totals.times, totals.lag
    return Points(
        times,
        times,
        times,
        lag,
        lag,
        lag,
        totals.unknown_partitions,
        totals.consumed,
        totals.produced,
        totals.badness,
        totals.time_lag_seconds,
    )


def of_group(topics: Mapping[int, Points]) -> Points:
    """All topics together, by their keys.

    Lags are summed over the topics where they are known; a topic's time lag of 0 is no answer while
    another's is unknown. Of hours, least and most are the sums of the topics' own, so the truth
    lies within them.
    """
    some = list(topics.values())
    if len(some) == 1:
        return some[0]
    keys = np.unique(np.concatenate([one.key for one in some]))
    spread = [_at(one, keys) for one in some]
    summed = {
        name: known_sum(np.stack([getattr(one, name) for one in spread]), axis=0)
        for name in ("lag", "lag_min", "lag_max", "consumed", "produced")
    }
    first = np.stack([np.where(one.first < 0, _MOST, one.first) for one in spread])
    time_lag = np.stack([one.time_lag_seconds for one in spread])
    is_there = np.stack([one.last >= 0 for one in spread])
    unknown = np.stack([np.maximum(one.unknown_partitions, 0) for one in spread])
    return Points(
        key=keys,
        first=first.min(axis=0),
        last=np.stack([one.last for one in spread]).max(axis=0),
        **summed,
        unknown_partitions=unknown.sum(axis=0),
        badness=np.stack([one.badness for one in spread]).max(axis=0),
        time_lag_seconds=_worst(time_lag, is_there),
    )


def joined_up(kind: type[Some], pieces: Iterable[Some]) -> Some:
    """Pieces one after the other, in the order of their first points; nothing of none."""
    in_order = sorted((piece for piece in pieces if len(piece.first)), key=_first)
    return kind(
        **{
            f.name: np.concatenate(
                [
                    np.empty(0, dtype=np.float64 if is_float(f.name) else np.int64),
                    *(getattr(piece, f.name) for piece in in_order),
                ]
            )
            for f in fields(kind)  # type: ignore[arg-type]  # a protocol does not say dataclass
        }
    )


def by_hour(points: Points) -> Points:
    """A point an hour, the same as its summary will say."""
    hours = points.key // HOUR_MICROSECONDS
    found = in_buckets(points, hours)
    return replace(found, key=found.key // HOUR_MICROSECONDS * HOUR_MICROSECONDS)


def in_buckets(points: Points, bucket: Int64s) -> Points:
    """One point a bucket; `bucket` never falls. Of each: sums, worsts, and the last lag."""
    if not len(bucket):
        return points
    starts = np.flatnonzero(np.concatenate(([True], np.diff(bucket) != 0)))
    ends = np.concatenate((starts[1:], [len(bucket)])) - 1
    return Points(
        key=points.key[ends],
        first=points.first[starts],
        last=points.last[ends],
        lag=points.lag[ends],
        lag_min=_least(points.lag_min, starts),
        lag_max=np.maximum.reduceat(points.lag_max, starts),
        unknown_partitions=np.maximum.reduceat(points.unknown_partitions, starts),
        consumed=_sums(points.consumed, starts),
        produced=_sums(points.produced, starts),
        badness=np.maximum.reduceat(points.badness, starts),
        time_lag_seconds=np.fmax.reduceat(points.time_lag_seconds, starts),
    )


def lag_at(points: Points, keys: Int64s) -> Int64s:
    """A topic's lag at these keys; unknown where it has no such point."""
    return _at(points, keys).lag


def _at(points: Points, keys: Int64s) -> Points:
    """The points at these keys, everything unknown where there is none."""
    if not len(points.key):
        places = np.zeros(len(keys), dtype=np.int64)
        is_there = np.zeros(len(keys), dtype=np.bool_)
    else:
        places = np.minimum(np.searchsorted(points.key, keys), len(points.key) - 1)
        is_there = points.key[places] == keys
    return Points(*(_kept(getattr(points, f.name), places, is_there) for f in fields(points)))


def _kept(column: npt.NDArray[Any], places: Int64s, is_there: npt.NDArray[np.bool_]) -> Any:
    unknown = np.nan if column.dtype == np.float64 else UNKNOWN
    kept = np.full(len(places), unknown, dtype=column.dtype)
    kept[is_there] = column[places[is_there]]
    return kept


def _worst(time_lags: Floats, is_there: npt.NDArray[np.bool_]) -> Floats:
    known = np.where(np.isnan(time_lags), -np.inf, time_lags).max(axis=0)
    has_unknown = (np.isnan(time_lags) & is_there).any(axis=0)
    return np.where(np.isinf(known) | ((known == 0) & has_unknown), np.nan, known)


def _least(values: Int64s, starts: Int64s) -> Int64s:
    least = np.minimum.reduceat(np.where(values < 0, _MOST, values), starts)
    return np.where(least == _MOST, UNKNOWN, least)


def mean_in(values: Floats, starts: Int64s) -> Floats:
    """The mean of what is known from each start to the next; NaN where nothing is."""
    is_known = ~np.isnan(values)
    total = np.add.reduceat(np.where(is_known, values, 0.0), starts)
    count = np.add.reduceat(is_known.astype(np.int64), starts)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _first(piece: Sampled) -> int:
    return int(piece.first[0])


def _sums(moves: Int64s, starts: Int64s) -> Int64s:
    total = np.add.reduceat(np.maximum(moves, 0), starts)
    is_known = np.maximum.reduceat(moves, starts) >= 0
    return np.where(is_known, total, UNKNOWN)
