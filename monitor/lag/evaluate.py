"""Status of one partition from a window of samples. Pure.

The rules are numbered as on the project's page about lag; the first that holds decides:

1. Nothing known (no sample, no log end, no lag now): UNKNOWN. Never OK for lack of data.
2. The lag now is within `allowed_lag`: OK; how it got there does not matter. Otherwise a window of
   one sample has no span to judge: UNKNOWN, or rule 3 would hold a moment after a first commit.
3. No sample for longer than the whole window spans, and no recent log end is at or below the last
   commit: STOP. Before rule 4, because who stopped does not rewind; not in a topic whose end the
   last commit had reached, because there was nothing to commit until just now.
4. The first commit below the one before it, never made up for in the window: REWIND. Before rule 5,
   because a lag that was nothing before the rewind says nothing of what comes after it. Only the
   first: a later one happens within what is read again.
5. Some lag in the window was within `allowed_lag`: OK; it caught up within the window. Before rule
   6, because a group that waits for records commits the same offset rightly.
6. All commits are equal: STALL. There is lag, and nothing was done about it.
7. At least two lags are known and they never decrease: WARN; it works, yet not fast enough. Fewer
   than two show no direction: UNKNOWN.
8. Otherwise OK: it falls at times.

Last, members settle who fails. To a sampler that sees offsets and not commits, "nobody commits" and
"somebody commits the same offset" look alike: with members STOP is STALL, without them STALL is
STOP, and where that is unknown the rules' word stands.

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
    """Judge a partition: UNKNOWN, OK, WARN, STALL, STOP or REWIND.

    `window` holds its last samples, oldest first; `heads` its recent log ends; `current_lag` in
    records. `has_members` is of the group, None if that is unknown.
    """
    if not window or not heads or current_lag is None:  # 1
        return Status.UNKNOWN
    if current_lag <= allowed_lag:  # 2
        return Status.OK
    if len(window) < 2:
        return Status.UNKNOWN
    return settled(_by_window(window, heads, now_ms, allowed_lag), has_members)


def settled(status: Status, has_members: bool | None) -> Status:
    """STALL or STOP, by whether anybody is there to commit; any other status as it is."""
    if has_members is None or status not in {Status.STALL, Status.STOP}:
        return status
    return Status.STALL if has_members else Status.STOP


def worst(statuses: Iterable[Status]) -> Status:
    """A group's status: that of its worst partition; UNKNOWN without any."""
    return max(statuses, key=lambda status: status.badness, default=Status.UNKNOWN)


def _by_window(
    window: Sequence[CommitSample], heads: Sequence[int], now_ms: int, allowed_lag: int
) -> Status:
    offsets = [sample.offset for sample in window]
    lags = [sample.lag for sample in window if sample.lag is not None]
    if _is_silent(window, now_ms) and not any(head <= offsets[-1] for head in heads):  # 3
        return Status.STOP
    if _is_rewound(offsets):  # 4
        return Status.REWIND
    if any(lag <= allowed_lag for lag in lags):  # 5
        return Status.OK
    if len(set(offsets)) == 1:  # 6
        return Status.STALL
    return _by_direction(lags)


def _is_silent(window: Sequence[CommitSample], now_ms: int) -> bool:
    first, last = window[0].timestamp_ms, window[-1].timestamp_ms
    return now_ms - last > last - first


def _is_rewound(offsets: Sequence[int]) -> bool:
    for place, (before, after) in enumerate(pairwise(offsets), start=1):
        if after < before:
            return max(offsets[place:]) < before
    return False


def _by_direction(lags: Sequence[int]) -> Status:
    if len(lags) < 2:
        return Status.UNKNOWN  # 7
    never_falls = all(before <= after for before, after in pairwise(lags))
    return Status.WARN if never_falls else Status.OK  # 7, 8
