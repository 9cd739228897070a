"""Lag and flags of partitions from what was read, as columns. Pure; below zero means unknown.

commit within the log       end - commit
no commit                   unknown, NO_COMMIT; 0 if the log is empty
commit below the log start  end - start, LOST
commit beyond the log end   0, TRUNCATED
end or commit not readable  unknown, UNREADABLE; and FORBIDDEN or LEADERLESS if that is why
stable end below the end    as above, and TRANSACTION_OPEN
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from monitor.kafka.codes import FORBIDDEN_TOPIC, NO_LEADER
from monitor.values import ReadingFlag

Int64s = npt.NDArray[np.int64]
Int16s = npt.NDArray[np.int16]
Bools = npt.NDArray[np.bool_]

UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class Edges:
    """Log start, log end and stable end beside each commit."""

    log_start: Int64s
    log_end: Int64s
    stable_end: Int64s

    def at(self, rows: npt.NDArray[np.integer]) -> "Edges":
        return Edges(self.log_start[rows], self.log_end[rows], self.stable_end[rows])


def lag_of(committed: Int64s, edges: Edges, is_unreadable: Bools) -> tuple[Int64s, Int16s]:
    """Lag in records and `ReadingFlag`s per row.

    `is_unreadable` marks rows whose commit could not be read at all. A commit below the log start
    lags by what is left of the log, one beyond the end by nothing; both are flagged, not hidden.
    """
    start, end, stable = edges.log_start, edges.log_end, edges.stable_end
    has_commit, has_end = committed >= 0, end >= 0
    is_lost = has_commit & has_end & (start >= 0) & (committed < start)
    is_truncated = has_commit & has_end & (committed > end)
    lag = np.where(has_commit & has_end, end - committed, UNKNOWN)
    lag = np.where(is_lost, end - start, lag)
    lag = np.where(is_truncated, 0, lag)
    # Assigned, nothing committed, nothing in the log: there is nothing to wait for.
    has_no_commit = ~has_commit & ~is_unreadable
    lag = np.where(has_no_commit & has_end & (start == end), 0, lag)
    flags = (
        np.where(has_no_commit, ReadingFlag.NO_COMMIT, 0)
        | np.where(is_lost, ReadingFlag.LOST, 0)
        | np.where(is_truncated, ReadingFlag.TRUNCATED, 0)
        | np.where(is_unreadable | ~has_end, ReadingFlag.UNREADABLE, 0)
        | np.where(has_end & (stable >= 0) & (stable < end), ReadingFlag.TRANSACTION_OPEN, 0)
    )
    return lag.astype(np.int64), flags.astype(np.int16)


def flags_of(code: Int16s) -> Int16s:
    """What is to be told of the error with which a commit or a log end was not read."""
    forbidden = np.where(code == FORBIDDEN_TOPIC, ReadingFlag.FORBIDDEN, 0)
    leaderless = np.where(code == NO_LEADER, ReadingFlag.LEADERLESS, 0)
    return (forbidden | leaderless).astype(np.int16)
