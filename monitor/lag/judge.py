"""What comes after the window's rules: lost records, forgotten groups, slow committers. Pure.

`evaluate_partition` says what a window alone shows. The rules here are numbered like its own; the
first that holds decides:

1. The group is abandoned (`is_abandoned`): ABANDONED, over every other status. Retention deletes
   what nobody reads, so a forgotten group would else be LOSING until Kafka drops its commits.
2. No commit, no log end, or no lag known now: the window's word. What is not known was not lost.
3. More records than `allowed_lag` were deleted since the commit last moved, without those that an
   operator has acknowledged: LOSING. Not one more than none, because control records fill offsets
   that no consumer ever commits. Before rule 5, because a window that is caught up in an emptied
   log has not read what was in it; before rule 6, because slow committers lose records too.
4. Records wait, and retention is to reach one before the group does within `loss_warning_seconds`:
   LOSING, while there is something to save.
5. The commit lies beyond the log end: TRUNCATED. The window calls this lag 0, hence OK.
6. The guard: STALL or STOP while the silence is not longer than it ever is with this partition
   (`guard_ms`): WARN. A window of ten samples is 100 s at an interval of 10 s, and a job that
   commits every three minutes would fail and recover all day. Where usual is not known, the window
   alone decides.
7. Otherwise the window's word.

`monitor.lag.judge_rules` does the same for columns; a test compares the two.
"""

from dataclasses import dataclass

from monitor.values import Status

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS

# Silence that the guard lets pass: so many usual gaps, and never more than this.
GUARD_GAPS = 3
GUARD_MAX_MS = 15 * MINUTE_MS
LOSS_WARNING_SECONDS = 3600.0
# A topic that keeps an hour would be LOSING all the time by a warning of one hour.
RETENTION_SHARE = 10


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a partition beside its window. None is unknown.

    Offsets, and counts of records: `lost` were deleted since the commit last moved, and nobody has
    acknowledged them. `loss_seconds` is until retention may delete the first record that the group
    reaches too late; None also if there is none. `retention_ms` is how long a record lives
    (`monitor.lag.evidence.Losses`). `silence_ms` is since the commit last moved or lag was last
    within what is allowed, whichever is later; `usual_gap_ms` is how long that usually takes.
    """

    committed: int | None
    log_end: int | None
    lag: int | None
    lost: int | None = 0
    loss_seconds: float | None = None
    retention_ms: int | None = None
    silence_ms: int | None = None
    usual_gap_ms: int | None = None


def judge_partition(
    by_window: Status, now: Evidence, *, is_abandoned: bool = False, allowed_lag: int = 0
) -> Status:
    """The status of a partition: any of `Status`. `by_window` is `evaluate_partition`'s word."""
    if is_abandoned:  # 1
        return Status.ABANDONED
    if now.committed is None or now.log_end is None or now.lag is None:  # 2
        return by_window
    if _has_lost(now.lost, allowed_lag) or _is_about_to_lose(now, allowed_lag):  # 3, 4
        return Status.LOSING
    if now.committed > now.log_end:  # 5
        return Status.TRUNCATED
    if by_window in {Status.STALL, Status.STOP} and _is_held_back(now):  # 6
        return Status.WARN
    return by_window  # 7


def is_abandoned(
    *,
    has_members: bool | None,
    is_readable: bool,
    unused_ms: int | None,
    abandoned_after_ms: int,
) -> bool:
    """Whether nobody uses a group any more.

    `unused_ms` is since one of its commits moved or it was last seen with a member, whichever is
    later: a group that was stuck with its members for a day fails when they leave, it is not
    forgotten. Who does not know, because the broker does not tell members or the group could not
    be read, calls no group abandoned.
    """
    if has_members is not False or not is_readable or unused_ms is None:
        return False
    return unused_ms >= abandoned_after_ms


def guard_ms(usual_gap_ms: int) -> int:
    """The longest silence that is no sign of trouble yet."""
    return min(GUARD_GAPS * usual_gap_ms, GUARD_MAX_MS)


def loss_warning_seconds(retention_ms: int | None) -> float:
    """How far ahead a loss is warned of; below zero, retention is without end."""
    if retention_ms is None or retention_ms < 0:
        return LOSS_WARNING_SECONDS
    return min(LOSS_WARNING_SECONDS, retention_ms / 1000 / RETENTION_SHARE)


def _has_lost(lost: int | None, allowed_lag: int) -> bool:
    """Whether records were lost; what is unknown was not."""
    return lost is not None and lost > allowed_lag


def _is_about_to_lose(now: Evidence, allowed_lag: int) -> bool:
    if now.loss_seconds is None or now.lag is None or now.lag <= allowed_lag:
        return False
    return now.loss_seconds <= loss_warning_seconds(now.retention_ms)


def _is_held_back(now: Evidence) -> bool:
    if now.silence_ms is None or now.usual_gap_ms is None:
        return False
    return now.silence_ms <= guard_ms(now.usual_gap_ms)
