"""The rules of `evaluate_partition` for many windows in one go. Pure; a test compares the two.

Windows come as one column a sample position, oldest first: each step is a pass over contiguous
numbers, and none builds a matrix. Below zero means unknown, or, in a commit, that the window is not
so long yet. Read as unsigned, an unknown number is the greatest of all, so a minimum passes it over
and it is below nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from monitor.values import Status

Int64s = npt.NDArray[np.int64]
Int8s = npt.NDArray[np.int8]
Bools = npt.NDArray[np.bool_]
Columns = Sequence[Int64s]

# A status travels as its place in the enum, which is its badness too.
OK, UNKNOWN_STATUS, WARN = Status.OK.badness, Status.UNKNOWN.badness, Status.WARN.badness
STALL, STOP, REWIND = Status.STALL.badness, Status.STOP.badness, Status.REWIND.badness


@dataclass(frozen=True, slots=True)
class History:
    """All windows. `first_ms` is the time of each one's oldest sample, `counts` its length."""

    counts: Int64s
    first_ms: Int64s
    committed: Columns
    lag: Columns
    log_end: Columns
    time_ms: Columns


@dataclass(frozen=True, slots=True)
class Present:
    """What is known now beside the windows; `has_members` is 1, 0, or -1 for unknown."""

    now_ms: int
    current_lag: Int64s
    log_end: Int64s
    has_members: Int8s | None = None


def statuses(history: History, present: Present, *, allowed_lag: Int64s | int = 0) -> Int8s:
    """Badness per row; the rules' numbers are those of `monitor.lag.evaluate`."""
    lag, counts = present.current_lag, history.counts
    found = _by_direction(history.lag)  # 7, 8
    found[_never_moved(history.committed)] = STALL  # 6
    found[_was_caught_up(history.lag, allowed_lag)] = OK  # 5
    found[_rewound(history.committed)] = REWIND  # 4
    found[_stopped(history, present)] = STOP  # 3
    if present.has_members is not None:
        _settle(found, present.has_members)
    found[counts < 2] = UNKNOWN_STATUS  # 2
    found[lag <= allowed_lag] = OK
    found[(counts == 0) | (lag < 0) | (present.log_end < 0)] = UNKNOWN_STATUS  # 1
    return found


def grew_each_time(lags: Columns) -> Bools:
    """Whether every known lag is above all before it: "grew", not merely "did not fall"."""
    grew = np.ones(len(lags[0]), dtype=np.bool_)
    highest = lags[0].copy()
    for lag in lags[1:]:
        grew &= (lag > highest) | (lag < 0)
        np.maximum(highest, lag, out=highest)
    return grew


def _by_direction(lags: Columns) -> Int8s:
    known = np.zeros(len(lags[0]), dtype=np.int8)
    fell = np.zeros(len(known), dtype=np.bool_)
    highest = np.full(len(known), -1, dtype=np.int64)
    for lag in lags:
        known += lag >= 0
        fell |= _unsigned(lag) < np.maximum(highest, 0).view(np.uint64)
        np.maximum(highest, lag, out=highest)
    return np.where(known < 2, UNKNOWN_STATUS, np.where(fell, OK, WARN)).astype(np.int8)


def _never_moved(committed: Columns) -> Bools:
    last = committed[-1]
    moved = np.zeros(len(last), dtype=np.bool_)
    for offset in committed[:-1]:
        moved |= (offset != last) & (offset >= 0)
    return ~moved


def _was_caught_up(lags: Columns, allowed_lag: Int64s | int) -> Bools:
    lowest = _unsigned(lags[0]).copy()
    for lag in lags[1:]:
        np.minimum(lowest, _unsigned(lag), out=lowest)
    return lowest <= np.asarray(allowed_lag).astype(np.uint64)


def _rewound(committed: Columns) -> Bools:
    """Rows whose first fall is not made up for; few fall at all, and only these are looked into."""
    fell = np.zeros(len(committed[0]), dtype=np.bool_)
    for before, after in pairwise(committed):
        fell |= after < before
    rows = np.flatnonzero(fell)
    offsets = np.stack([offset[rows] for offset in committed])
    first = (offsets[1:] < offsets[:-1]).argmax(axis=0)
    is_after = np.arange(len(offsets))[:, None] > first
    reached = np.where(is_after, offsets, -1).max(axis=0, initial=-1)
    fell[rows] = reached < offsets[first, np.arange(len(rows))]
    return fell


def _stopped(history: History, present: Present) -> Bools:
    """Silent rows without a head at or below the last commit; seldom is any row silent."""
    last_ms = history.time_ms[-1]
    stopped = present.now_ms - last_ms > last_ms - history.first_ms
    rows = np.flatnonzero(stopped)
    lowest = _unsigned(present.log_end[rows])
    for log_end in history.log_end:
        lowest = np.minimum(lowest, _unsigned(log_end[rows]))
    stopped[rows] = lowest > _unsigned(history.committed[-1][rows])
    return stopped


def _settle(found: Int8s, has_members: Int8s) -> None:
    stands = (found == STALL) | (found == STOP)
    found[stands & (has_members == 1)] = STALL
    found[stands & (has_members == 0)] = STOP


def _unsigned(values: Int64s) -> npt.NDArray[np.uint64]:
    return values.view(np.uint64)
