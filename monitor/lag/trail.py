"""What of the past outlives the window: where and since when each commit stands. Pure.

Windows see a hundred seconds; a trail remembers, per partition of a group, the last commit, since
when it waits, from where on deleted records count as lost, and how long it usually waits
(`monitor.lag.paces`).

A wait is what the guard calls silence: since the commit last moved, or since lag was last within
what is allowed, if that is later. So idle time is in none, and a job that catches up each time it
runs has a pace too. A wait counts if the commit moved on by it, at a tick right after the last one,
with a window that is OK or WARN by then. That the window was STALL before is no hindrance: it is
what a slow committer looks like until its pace is known, and a job that commits every three minutes
would never be learnt. What is longer than the guard ever holds back is trouble, and does not count.

A trail is stored bit by bit (`monitor.lag.trail_store`), and the same ticks come
again after a restart: what is not newer than a row's own last tick changes nothing.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from monitor.lag.judge import GUARD_MAX_MS
from monitor.lag.paces import BUCKETS, GENERATION_MS, GENERATIONS, Paces, empty, forget
from monitor.lag.rows import places_in
from monitor.lag.window_rules import Bools, Int64s
from monitor.series.gaps import HOLE_IN_INTERVALS

UNKNOWN = -1

# A row as it is stored: the partition's number, then the columns of `Trail`.
RECORD = np.dtype(
    [
        ("number", "<i4"),
        ("committed", "<i8"),
        ("counts_from", "<i8"),
        ("waits_since_ms", "<i8"),
        ("seen_ms", "<i8"),
        ("waits", "u1", (GENERATIONS, BUCKETS)),
    ]
)
Records = npt.NDArray[np.void]
_COLUMNS = ("committed", "counts_from", "waits_since_ms", "seen_ms")


@dataclass(frozen=True, slots=True)
class Step:
    """One tick's rows in the order of `keys`, which rise. Below zero means unknown.

    `is_working` says whose window is OK or WARN: only their waits are usual.
    """

    keys: Int64s
    committed: Int64s
    lag: Int64s
    log_start: Int64s
    is_working: Bools


@dataclass(frozen=True, slots=True)
class Pace:
    """The tick's slot and the cluster's interval, in ms, and the lag that counts as none.

    The latter of each row, or of all.
    """

    slot_ms: int
    interval_ms: int
    allowed_lag: Int64s | int = 0


class Trail:
    """Columns, a row a key. Rows whose key no longer comes are dropped.

    `committed` is the last known commit, seen at `seen_ms`. `waits_since_ms` is when it last moved
    or lag was last within what is allowed, whichever is later. `counts_from` is the offset from
    which on deleted records count as lost: the commit, or the log start where somebody set the
    commit back to below it, for nothing was lost by that.
    """

    def __init__(self) -> None:
        self.keys: Int64s = np.empty(0, dtype=np.int64)
        self.committed, self.counts_from, self.waits_since_ms, self.seen_ms = (
            _blank(0) for _ in _COLUMNS
        )
        self.paces = Paces()
        self._ticks = self._stored_ticks = 0

    def push(self, step: Step, pace: Pace) -> Bools:
        """Add one tick; return whose commit moved by it, or was met for the first time."""
        self._take_keys(step.keys)
        self._ticks += 1
        self.paces.turn_to(pace.slot_ms)
        is_known: Bools = (step.committed >= 0) & (self.seen_ms < pace.slot_ms)
        is_first: Bools = is_known & (self.committed < 0)
        is_moved: Bools = is_known & (step.committed != self.committed)
        self._count(step, pace, is_moved & ~is_first)
        # Set back to below the log start, where nothing was lost since.
        is_back = is_moved & (step.committed < self.committed)
        counts_from = np.where(is_back, np.maximum(step.committed, step.log_start), step.committed)
        is_caught_up = is_known & (step.lag >= 0) & (step.lag <= pace.allowed_lag)
        np.copyto(self.counts_from, counts_from, where=is_moved)
        np.copyto(self.committed, step.committed, where=is_known)
        self.waits_since_ms[is_moved | is_caught_up] = pace.slot_ms
        self.seen_ms[is_known] = pace.slot_ms
        return is_moved

    def lost(self, log_start: Int64s, acknowledged: Int64s) -> Int64s:
        """Records deleted since each commit last moved, without those before `acknowledged`."""
        is_known = (self.committed >= 0) & (log_start >= 0)
        counts_from = np.maximum(self.counts_from, acknowledged)
        return np.where(is_known, np.maximum(log_start - counts_from, 0), UNKNOWN)

    def silence_ms(self, slot_ms: int) -> Int64s:
        return np.where(self.committed >= 0, slot_ms - self.waits_since_ms, UNKNOWN)

    def due(self, parts: int) -> list[int]:
        """The parts to store now, of 0 up to `parts`: one for each tick since the last time."""
        since = range(self._stored_ticks, self._ticks)[-parts:]
        self._stored_ticks = self._ticks
        return [tick % parts for tick in since]

    def records(self, rows: Int64s, numbers: Int64s) -> Records:
        """Rows as they are stored; `numbers` are their partitions'."""
        records = np.zeros(len(rows), dtype=RECORD)
        records["number"], records["waits"] = numbers, self.paces.counts[rows]
        for name in _COLUMNS:
            records[name] = getattr(self, name)[rows]
        return records

    def load(self, keys: Int64s, records: Records, before_ms: int) -> None:
        """Begin with stored rows, `keys` rising. None claims to know of a time not yet come."""
        self.keys = keys
        for name in _COLUMNS:
            setattr(self, name, records[name].astype(np.int64))
        waits = records["waits"].copy()
        generation = before_ms // GENERATION_MS
        forget(waits, np.maximum(self.seen_ms, 0) // GENERATION_MS, generation)
        self.paces = Paces(waits, generation)
        for column in (self.waits_since_ms, self.seen_ms):
            np.minimum(column, before_ms - 1, out=column)

    def forget(self, rows: Bools) -> None:
        """Begin these rows anew."""
        for name in _COLUMNS:
            getattr(self, name)[rows] = UNKNOWN
        self.paces.counts[rows] = 0

    def _count(self, step: Step, pace: Pace, is_moved: Bools) -> None:
        """Count the waits that ended by this tick.

        A commit set back ends none; nor is a wait known that ended while ticks were missing. One
        longer than the guard ever holds back was trouble.
        """
        rows = np.flatnonzero(is_moved & step.is_working & (step.committed > self.committed))
        waits = pace.slot_ms - self.waits_since_ms[rows]
        unseen = pace.slot_ms - self.seen_ms[rows]
        is_usual = (waits <= GUARD_MAX_MS) & (unseen <= HOLE_IN_INTERVALS * pace.interval_ms)
        self.paces.add(rows[is_usual], waits[is_usual], pace.interval_ms)

    def _take_keys(self, keys: Int64s) -> None:
        if np.array_equal(keys, self.keys):
            return
        place = places_in(self.keys, keys)
        found = place >= 0
        for name in _COLUMNS:
            fresh = _blank(len(keys))
            fresh[found] = getattr(self, name)[place[found]]
            setattr(self, name, fresh)
        counts = empty(len(keys))
        counts[found] = self.paces.counts[place[found]]
        self.paces.counts, self.keys = counts, keys.copy()


def _blank(rows: int) -> Int64s:
    return np.full(rows, UNKNOWN, dtype=np.int64)
