"""Status of one partition from a window of samples. Pure.

The rules are numbered as on the project's page about lag; the first that holds decides:

1. Nothing known (no sample, no log end, no lag now): UNKNOWN. Never OK for lack of data.
2. The lag now is within `allowed_lag`: OK; how it got there does not matter. Otherwise a window of
   one sample has no span to judge: UNKNOWN.
5. Some lag in the window was within `allowed_lag`: OK; it caught up within the window.
7. At least two lags are known and they never decrease: WARN. Fewer than two: UNKNOWN.
8. Otherwise OK: it falls at times.

The group takes its worst partition (`Status.badness`): one good partition among eleven that cannot
be read is not OK.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from monitor.values import CommitSample, Status


def evaluate_partition(
    window: Sequence[CommitSample],
    heads: Sequence[int],
    current_lag: int | None,
    now_ms: int,
    *,
    allowed_lag: int = 0,
    has_members: bool | None = None,
) -> Status:
    """Judge a partition: UNKNOWN, OK or WARN.

    `window` holds its last samples, oldest first; `heads` its recent log ends; `current_lag` in
    records. These rules look neither at `now_ms` nor at `has_members`: a partition that nobody
    moves is WARN by rule 7, whoever should have moved it.
    """
    if not window or not heads or current_lag is None:
        return Status.UNKNOWN
    if current_lag <= allowed_lag:
        return Status.OK
    if len(window) < 2:
        return Status.UNKNOWN
    return _by_lags([sample.lag for sample in window if sample.lag is not None], allowed_lag)


def worst(statuses: Iterable[Status]) -> Status:
    """A group's status: that of its worst partition; UNKNOWN without any."""
    return max(statuses, key=lambda status: status.badness, default=Status.UNKNOWN)


def _by_lags(lags: Sequence[int], allowed_lag: int) -> Status:
    if any(lag <= allowed_lag for lag in lags):
        return Status.OK
    if len(lags) < 2:
        return Status.UNKNOWN
    never_falls = all(before <= after for before, after in pairwise(lags))
    return Status.WARN if never_falls else Status.OK
