"""How far windows moved in a span of time. Pure; columns as in `monitor.lag.window_rules`."""

import numpy as np
import numpy.typing as npt

from monitor.lag.window_rules import Columns, Int64s

Floats = npt.NDArray[np.float64]


def first_since(since_ms: int, times: Columns, committed: Columns) -> tuple[Int64s, Int64s]:
    """Place and time of each row's first sample not before `since_ms`; the last one without any."""
    first = np.full(len(times[-1]), len(times) - 1, dtype=np.int64)
    first_ms = times[-1].copy()
    for place in range(len(times) - 2, -1, -1):
        is_recent = (committed[place] >= 0) & (times[place] >= since_ms)
        np.copyto(first, place, where=is_recent)
        np.copyto(first_ms, times[place], where=is_recent)
    return first, first_ms


def gained(offsets: Columns, first: Int64s) -> Floats:
    """The forward steps of each row from its place `first` to the last; NaN if either is unknown.

    Step by step, because a rewind consumes nothing, yet what came before and after it counts.
    """
    total = np.zeros(len(first), dtype=np.float64)
    is_known = offsets[-1] >= 0
    held = offsets[0]
    for place, offset in enumerate(offsets):
        is_known &= (first != place) | (offset >= 0)
        # An unknown offset repeats the last known one, so that the step over it is not lost.
        now = np.where(offset >= 0, offset, held)
        step = now - held
        total += np.where((first < place) & (step > 0), step, 0)
        held = now
    return np.where(is_known, total, np.nan)
