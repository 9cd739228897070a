"""Commits and log ends of the last quarter of an hour, for rates that slow committers have too.

Pure. A mark each third minute, and not each tick, so that a partition takes 96 bytes.
"""

import numpy as np
import numpy.typing as npt

from monitor.lag.rows import places_in
from monitor.lag.window_rates import first_since, gained
from monitor.lag.window_rules import Bools
from monitor.lag.windows import Int64s, Samples

Floats = npt.NDArray[np.float64]

SPAN_MS = 15 * 60_000
EVERY_MS = 3 * 60_000
LENGTH = SPAN_MS // EVERY_MS + 1

# One commit seen by chance says nothing of a rate: less than this is not known.
LEAST_MS = 5 * 60_000

UNKNOWN = -1


class Marks:
    """Rows go by key, as in `monitor.lag.windows`; rows whose key no longer comes are dropped."""

    def __init__(self) -> None:
        self.keys: Int64s = np.empty(0, dtype=np.int64)
        self._times_ms: list[int] = []
        self._committed: list[Int64s] = []
        self._log_end: list[Int64s] = []

    def is_due(self, now_ms: int) -> bool:
        return not self._times_ms or now_ms - self._times_ms[-1] >= EVERY_MS

    def push(self, samples: Samples, now_ms: int) -> None:
        """Take a tick in, as a mark if one is due; time rises from tick to tick."""
        if not np.array_equal(samples.keys, self.keys):
            self._rearrange(samples.keys)
        if self.is_due(now_ms):
            self._times_ms = [*self._times_ms, now_ms][-LENGTH:]
            self._committed = [*self._committed, samples.committed][-LENGTH:]
            self._log_end = [*self._log_end, samples.log_end][-LENGTH:]

    def forget(self, rows: Bools) -> None:
        """Begin these rows anew."""
        self._committed = [np.where(rows, UNKNOWN, mark) for mark in self._committed]
        self._log_end = [np.where(rows, UNKNOWN, mark) for mark in self._log_end]

    def rates(self, samples: Samples, now_ms: int) -> tuple[Floats, Floats]:
        """Records consumed and produced per second and row of the tick that was pushed last.

        From the first mark of the last 15 minutes up to now; NaN, unknown, where that is less than
        `LEAST_MS`, or one of the two is missing.
        """
        rows = len(samples.keys)
        committed = [*self._committed, samples.committed]
        log_ends = [*self._log_end, samples.log_end]
        times = [np.broadcast_to(np.int64(time), rows) for time in (*self._times_ms, now_ms)]
        first, first_ms = first_since(now_ms - SPAN_MS, times, committed)
        span_ms = now_ms - first_ms
        seconds = np.where(span_ms >= LEAST_MS, span_ms / 1000, np.nan)
        return gained(committed, first) / seconds, gained(log_ends, first) / seconds

    def _rearrange(self, keys: Int64s) -> None:
        place = places_in(self.keys, keys)

        def moved(mark: Int64s) -> Int64s:
            # What has no place takes the entry that is put last.
            found: Int64s = np.append(mark, UNKNOWN)[place]
            return found

        self._committed = [moved(mark) for mark in self._committed]
        self._log_end = [moved(mark) for mark in self._log_end]
        self.keys = keys.copy()
