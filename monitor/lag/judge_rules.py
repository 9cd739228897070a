"""The rules of `judge_partition` for many partitions in one go. Pure; a test compares the two."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from monitor.lag.judge import (
    GUARD_GAPS,
    GUARD_MAX_MS,
    LOSS_WARNING_SECONDS,
    RETENTION_SHARE,
)
from monitor.lag.window_rules import STALL, STOP, WARN, Bools, Int8s, Int64s
from monitor.values import Status

Floats = npt.NDArray[np.float64]

ABANDONED, TRUNCATED = Status.ABANDONED.badness, Status.TRUNCATED.badness
LOSING = Status.LOSING.badness


@dataclass(frozen=True, slots=True)
class Evidences:
    """An `Evidence` per row; below zero, or NaN, means unknown.

    `usual_gap_ms` need be right only where the window says STALL or STOP.
    """

    committed: Int64s
    log_end: Int64s
    lag: Int64s
    lost: Int64s
    loss_seconds: Floats
    retention_ms: Int64s
    silence_ms: Int64s
    usual_gap_ms: Int64s


def judge(
    by_window: Int8s, now: Evidences, *, is_abandoned: Bools, allowed_lag: Int64s | int = 0
) -> Int8s:
    """Badness per row; the rules' numbers are those of `monitor.lag.judge`.

    `allowed_lag` is of each row, or of all.
    """
    found = by_window.copy()
    found[_is_held_back(by_window, now)] = WARN  # 6
    found[now.committed > now.log_end] = TRUNCATED  # 5
    found[_is_about_to_lose(now, allowed_lag)] = LOSING  # 4
    found[now.lost > allowed_lag] = LOSING  # 3
    is_unknown = (now.committed < 0) | (now.log_end < 0) | (now.lag < 0)
    np.copyto(found, by_window, where=is_unknown)  # 2
    found[is_abandoned] = ABANDONED  # 1
    return found


def _is_held_back(by_window: Int8s, now: Evidences) -> Bools:
    """Few rows stand still, and only these are looked into."""
    held = np.zeros(len(by_window), dtype=np.bool_)
    rows = np.flatnonzero((by_window == STALL) | (by_window == STOP))
    silence, usual = now.silence_ms[rows], now.usual_gap_ms[rows]
    guard = np.minimum(GUARD_GAPS * usual, GUARD_MAX_MS)
    held[rows] = (silence >= 0) & (usual >= 0) & (silence <= guard)
    return held


def _is_about_to_lose(now: Evidences, allowed_lag: Int64s | int) -> Bools:
    about = np.zeros(len(now.lag), dtype=np.bool_)
    rows = np.flatnonzero(~np.isnan(now.loss_seconds))
    retention = now.retention_ms[rows]
    warning = np.minimum(LOSS_WARNING_SECONDS, retention / 1000 / RETENTION_SHARE)
    warning = np.where(retention < 0, LOSS_WARNING_SECONDS, warning)
    is_soon = now.loss_seconds[rows] <= warning
    about[rows] = is_soon & (now.lag > allowed_lag)[rows]
    return about
