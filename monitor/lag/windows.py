"""The last samples of every partition of every group, and what they say. Pure.

A window's samples lie in a ring of columns that all rows share, one contiguous column a sample
position: a tick writes one column, and nothing is shifted.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from monitor.lag import window_rules
from monitor.lag.rows import places_in
from monitor.lag.window_rates import first_since, gained
from monitor.lag.window_rules import (
    OK,
    UNKNOWN_STATUS,
    WARN,
    Bools,
    History,
    Int8s,
    Int64s,
    Present,
)

__all__ = ["OK", "UNKNOWN_STATUS", "WARN", "Int8s", "Int64s", "Samples", "Windows"]

Floats = npt.NDArray[np.float64]

LENGTH = 10
UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class Samples:
    """One tick's rows in the order of `keys`, which rise. Below zero means unknown."""

    keys: Int64s
    committed: Int64s
    lag: Int64s
    log_end: Int64s


class Windows:
    """Windows of `LENGTH` samples, the newest in column `_newest` of the ring.

    A key stands for a partition of a group; rows whose key no longer comes are dropped.
    """

    def __init__(self) -> None:
        self.keys: Int64s = np.empty(0, dtype=np.int64)
        self.counts: Int64s = np.empty(0, dtype=np.int64)
        self._newest = 0
        self._committed, self._lag, self._log_end, self._time_ms = (_blank(0) for _ in range(4))

    def push(self, samples: Samples, time_ms: int) -> None:
        """Add one tick. Only a known commit enters the window; its lag may be unknown."""
        if not np.array_equal(samples.keys, self.keys):
            self._rearrange(samples.keys)
        entered = samples.committed >= 0
        self._newest = (self._newest + 1) % LENGTH
        staying = np.flatnonzero(~entered & (self.counts > 0))
        now = np.full(len(samples.keys), time_ms, dtype=np.int64)
        for ring, column in (
            (self._committed, samples.committed),
            (self._lag, samples.lag),
            (self._log_end, samples.log_end),
            (self._time_ms, now),
        ):
            # Who has no new sample turns with the ring, so that its newest stays the newest.
            kept = np.roll(ring[:, staying], 1, axis=0)
            np.copyto(ring[self._newest], column, where=entered)
            ring[:, staying] = kept
        self.counts = np.minimum(self.counts + entered, LENGTH)

    def forget(self, rows: Bools) -> None:
        """Begin these windows anew."""
        self.counts[rows] = 0
        for ring in (self._committed, self._lag, self._log_end, self._time_ms):
            ring[:, rows] = UNKNOWN

    def statuses(
        self,
        current_lag: Int64s,
        log_end: Int64s,
        *,
        now_ms: int,
        allowed_lag: Int64s | int = 0,
        has_members: Int8s | None = None,
    ) -> Int8s:
        """Badness per row, by the rules of `evaluate_partition`.

        Heads are the log ends of the window and the one now; without the latter nothing is known.
        """
        present = Present(now_ms, current_lag, log_end, has_members)
        return window_rules.statuses(self._history(), present, allowed_lag=allowed_lag)

    def grew_each_time(self) -> Bools:
        """Whether every known lag is above all before it: "grew", not merely "did not fall"."""
        return window_rules.grew_each_time(self._oldest_first(self._lag))

    def rates(self, since_ms: int) -> tuple[Floats, Floats]:
        """Records consumed and produced per second and row, from the first sample not before
        `since_ms` to the last. NaN, unknown, where one of the two is missing.
        """
        times, committed = self._oldest_first(self._time_ms), self._oldest_first(self._committed)
        first, first_ms = first_since(since_ms, times, committed)
        span_ms = times[-1] - first_ms
        seconds = np.where(span_ms > 0, span_ms / 1000, np.nan)
        log_ends = self._oldest_first(self._log_end)
        return gained(committed, first) / seconds, gained(log_ends, first) / seconds

    def _history(self) -> History:
        oldest = (self._newest + 1 + LENGTH - np.maximum(self.counts, 1)) % LENGTH
        return History(
            counts=self.counts,
            first_ms=self._time_ms[oldest, np.arange(len(oldest))],
            committed=self._oldest_first(self._committed),
            lag=self._oldest_first(self._lag),
            log_end=self._oldest_first(self._log_end),
            time_ms=self._oldest_first(self._time_ms),
        )

    def _oldest_first(self, ring: Int64s) -> list[Int64s]:
        return [ring[(self._newest + 1 + place) % LENGTH] for place in range(LENGTH)]

    def _rearrange(self, keys: Int64s) -> None:
        place = places_in(self.keys, keys)
        found = place >= 0

        def moved(ring: Int64s) -> Int64s:
            fresh = _blank(len(keys))
            fresh[:, found] = ring[:, place[found]]
            return fresh

        counts = np.zeros(len(keys), dtype=np.int64)
        counts[found] = self.counts[place[found]]
        self._committed, self._lag = moved(self._committed), moved(self._lag)
        self._log_end, self._time_ms = moved(self._log_end), moved(self._time_ms)
        self.keys, self.counts = keys.copy(), counts


def _blank(rows: int) -> Int64s:
    return np.full((LENGTH, rows), UNKNOWN, dtype=np.int64)
