"""Taking one tick in: what its windows say, and the evidence for the rules after them. Pure."""

from dataclasses import dataclass

import numpy as np

from monitor.kafka.ports import Int64s
from monitor.lag.judge_rules import Evidences, Floats
from monitor.lag.trail import Pace, Step, Trail
from monitor.lag.window_rules import OK, STALL, STOP, WARN, Bools, Int8s
from monitor.lag.windows import Samples, Windows


@dataclass(frozen=True, slots=True)
class Taken:
    """Per row: the windows' word, and whether the commit moved by this tick."""

    by_window: Int8s
    has_moved: Bools


NOT_FORESEEN = -1


@dataclass(frozen=True, slots=True)
class Losses:
    """Per row, when retention may delete the first record that its group reaches too late.

    `seconds` from now, NaN where that is unknown or never; `retention_ms` is how long a record
    lives, by the topic's configuration or, if that is shorter, by how soon its log is full; below
    zero where that is without end or not known. `by` is a place in `LossBy`, or `NOT_FORESEEN`.
    """

    seconds: Floats
    retention_ms: Int64s
    by: Int8s


def take_in(
    windows: Windows,
    trail: Trail,
    samples: Samples,
    log_start: Int64s,
    pace: Pace,
    *,
    now_ms: int,
    has_members: Int8s | None = None,
) -> Taken:
    """Windows and trail take a tick in, a live one or a stored one.

    Members settle STALL and STOP only, which a trail holds for the same: it makes no difference
    that stored ticks lack them.
    """
    windows.push(samples, now_ms)
    by_window = windows.statuses(
        samples.lag,
        samples.log_end,
        now_ms=now_ms,
        allowed_lag=pace.allowed_lag,
        has_members=has_members,
    )
    is_working = (by_window == OK) | (by_window == WARN)
    step = Step(samples.keys, samples.committed, samples.lag, log_start, is_working)
    return Taken(by_window, trail.push(step, pace))


def evidence(
    trail: Trail,
    samples: Samples,
    log_start: Int64s,
    by_window: Int8s,
    pace: Pace,
    *,
    acknowledged: Int64s,
    losses: Losses,
) -> Evidences:
    """What the trail knows of each row, beside what is forecast of it.

    `acknowledged` is the offset up to which an operator knows of losses, or below zero.
    """
    usual = np.full(len(samples.keys), -1, dtype=np.int64)
    still = np.flatnonzero((by_window == STALL) | (by_window == STOP))
    usual[still] = trail.paces.usual_ms(still, pace.interval_ms)
    return Evidences(
        committed=samples.committed,
        log_end=samples.log_end,
        lag=samples.lag,
        lost=trail.lost(log_start, acknowledged),
        loss_seconds=losses.seconds,
        retention_ms=losses.retention_ms,
        silence_ms=trail.silence_ms(pace.slot_ms),
        usual_gap_ms=usual,
    )
