"""The last samples of every partition of every group, as matrices, and their status. Pure.

The same rules as `evaluate_partition`, for a whole cluster in one go; a test holds them together.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from monitor.values import Status

Int64s = npt.NDArray[np.int64]
Int8s = npt.NDArray[np.int8]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

LENGTH = 10
UNKNOWN = -1

# A status travels as its place in the enum, which is its badness too.
OK, UNKNOWN_STATUS, WARN = Status.OK.badness, Status.UNKNOWN.badness, Status.WARN.badness


@dataclass(frozen=True, slots=True)
class Samples:
    """One tick's rows in the order of `keys`, which rise. Below zero means unknown."""

    keys: Int64s
    committed: Int64s
    lag: Int64s
    log_end: Int64s


class Windows:
    """Windows of `LENGTH` samples, the newest in the last column.

    A key stands for a partition of a group; rows whose key no longer comes are dropped.
    """

    def __init__(self) -> None:
        self.keys: Int64s = np.empty(0, dtype=np.int64)
        self.counts: Int64s = np.empty(0, dtype=np.int64)
        self._committed, self._lag, self._log_end, self._time_ms = (_blank(0) for _ in range(4))

    def push(self, samples: Samples, time_ms: int) -> None:
        """Add one tick. Only a known commit enters the window; its lag may be unknown."""
        if not np.array_equal(samples.keys, self.keys):
            self._rearrange(samples.keys)
        entered = samples.committed >= 0
        now = np.full(len(samples.keys), time_ms)
        for matrix, column in (
            (self._committed, samples.committed),
            (self._lag, samples.lag),
            (self._log_end, samples.log_end),
            (self._time_ms, now),
        ):
            matrix[entered, :-1] = matrix[entered, 1:]
            matrix[entered, -1] = column[entered]
        self.counts = np.minimum(self.counts + entered, LENGTH)

    def statuses(self, current_lag: Int64s, log_end: Int64s, *, allowed_lag: int = 0) -> Int8s:
        """Badness per row, by the rules of `evaluate_partition`."""
        is_unknown = (self.counts == 0) | (current_lag < 0) | (log_end < 0)
        is_caught_up = current_lag <= allowed_lag
        known = (self._lag >= 0) & self._filled()
        was_caught_up = (known & (self._lag <= allowed_lag)).any(axis=1)
        has_two = known.sum(axis=1) >= 2
        return np.select(
            [is_unknown, is_caught_up, self.counts < 2, was_caught_up, ~has_two, self._rises()],
            [UNKNOWN_STATUS, OK, UNKNOWN_STATUS, OK, UNKNOWN_STATUS, WARN],
            default=OK,
        ).astype(np.int8)

    def grew_each_time(self) -> Bools:
        """Whether every known lag is above all before it: "grew", not merely "did not fall"."""
        known = (self._lag >= 0) & self._filled()
        highest = np.maximum.accumulate(np.where(known, self._lag, UNKNOWN), axis=1)
        grew = ~known[:, 1:] | (self._lag[:, 1:] > highest[:, :-1])
        return np.asarray(grew.all(axis=1))

    def rates(self, since_ms: int) -> tuple[Floats, Floats]:
        """Records consumed and produced per second and row, from the first sample not before
        `since_ms` to the last. NaN, unknown, where one of the two is missing.
        """
        recent = self._filled() & (self._time_ms >= since_ms)
        first = np.where(recent.any(axis=1), recent.argmax(axis=1), LENGTH - 1)
        span_ms = self._time_ms[:, -1] - self._time_ms[np.arange(len(first)), first]
        seconds = np.where(span_ms > 0, span_ms / 1000, np.nan)
        return _gained(self._committed, first) / seconds, _gained(self._log_end, first) / seconds

    def _rises(self) -> Bools:
        """Known lags never decrease from one to the next."""
        known = (self._lag >= 0) & self._filled()
        highest = np.maximum.accumulate(np.where(known, self._lag, UNKNOWN), axis=1)
        rises = ~known | (self._lag >= highest)
        return np.asarray(rises.all(axis=1))

    def _filled(self) -> Bools:
        filled: Bools = np.arange(LENGTH) >= LENGTH - self.counts[:, None]
        return filled

    def _rearrange(self, keys: Int64s) -> None:
        place = np.searchsorted(self.keys, keys)
        inside = np.minimum(place, max(len(self.keys) - 1, 0))
        found = np.zeros(len(keys), dtype=np.bool_)
        if len(self.keys):
            found = self.keys[inside] == keys

        def moved(matrix: Int64s) -> Int64s:
            fresh = _blank(len(keys))
            fresh[found] = matrix[inside[found]]
            return fresh

        counts = np.zeros(len(keys), dtype=np.int64)
        counts[found] = self.counts[inside[found]]
        self._committed, self._lag = moved(self._committed), moved(self._lag)
        self._log_end, self._time_ms = moved(self._log_end), moved(self._time_ms)
        self.keys, self.counts = keys.copy(), counts


def _gained(offsets: Int64s, first: Int64s) -> Floats:
    """The forward steps of each row from its column `first` to the last; NaN if either is unknown.

    Step by step, because a rewind consumes nothing, yet what came before and after it counts.
    """
    columns = np.arange(LENGTH)
    # An unknown offset repeats the last known one, so that the step over it is not lost.
    known = np.maximum.accumulate(np.where(offsets >= 0, columns, 0), axis=1)
    filled = np.take_along_axis(offsets, known, axis=1)
    steps = np.diff(filled, axis=1).astype(np.float64)
    is_counted = (columns[:-1] >= first[:, None]) & (steps > 0)
    is_known = (offsets[np.arange(len(first)), first] >= 0) & (offsets[:, -1] >= 0)
    return np.where(is_known, np.where(is_counted, steps, 0).sum(axis=1), np.nan)


def _blank(rows: int) -> Int64s:
    return np.full((rows, LENGTH), UNKNOWN, dtype=np.int64)
