"""How long judging takes: all rules on full windows, of groups that lag, stall, rewind and lose.

    python -m bench.judge --partitions 200000

No services. Seconds are the best of the rounds, on one core. `push` is taking a tick into windows
and trails, `judge` the rules of `evaluate_partition` and `judge_partition`.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass

import numpy as np

from bench.machine import machine
from monitor.lag import judge_rules
from monitor.lag.evidence import NOT_FORESEEN, Losses, evidence
from monitor.lag.trail import Pace, Step, Trail
from monitor.lag.windows import LENGTH, WARN, Int64s, Samples, Windows
from monitor.values import Status

TICK_MS = 10_000
TICKS = 70


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.judge", description="Measure judging.")
    parser.add_argument("--partitions", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(arguments)
    print(json.dumps(measure(options.partitions, options.rounds), indent=2))


def measure(partitions: int, rounds: int) -> dict[str, object]:
    world = _filled(partitions)
    last, now_ms, pace = world.last, world.now_ms, Pace(world.now_ms, TICK_MS)
    has_members = np.where(np.arange(partitions) // 6 % 2, 1, 0).astype(np.int8)
    log_start = np.where(np.arange(partitions) % 50 == 1, last.committed + 1, 0)
    taken = {"push": float("inf"), "judge": float("inf")}
    is_abandoned = np.zeros(partitions, dtype=np.bool_)
    acknowledged = np.full(partitions, -1, dtype=np.int64)
    for _ in range(rounds):
        windows, trail = deepcopy(world.windows), deepcopy(world.trail)
        began = time.perf_counter()
        windows.push(last, now_ms)
        trail.push(_step(last, log_start), pace)
        pushed = time.perf_counter()
        by_window = windows.statuses(last.lag, last.log_end, now_ms=now_ms, has_members=has_members)
        losses = Losses(
            np.full(partitions, np.nan),
            np.full(partitions, -1, dtype=np.int64),
            np.full(partitions, NOT_FORESEEN, dtype=np.int8),
        )
        now = evidence(
            trail, last, log_start, by_window, pace, acknowledged=acknowledged, losses=losses
        )
        found = judge_rules.judge(by_window, now, is_abandoned=is_abandoned)
        taken["judge"] = min(taken["judge"], time.perf_counter() - pushed)
        taken["push"] = min(taken["push"], pushed - began)
    counts = np.bincount(found, minlength=len(Status)).tolist()
    return {
        "benchmark": "judge",
        "group_partitions": partitions,
        "samples_a_window": int(windows.counts.min()),
        "held_back": int(np.count_nonzero((by_window != WARN) & (found == WARN))),
        "push_seconds": round(taken["push"], 4),
        "judge_seconds": round(taken["judge"], 4),
        "statuses": dict(zip([status.value for status in Status], counts, strict=True)),
        "machine": machine(),
    }


@dataclass(frozen=True, slots=True)
class World:
    """Full windows and trails, and the tick that they are to take in."""

    windows: Windows
    trail: Trail
    last: Samples
    now_ms: int


def _filled(partitions: int) -> World:
    """Of six partitions, three gain or lose, one stands still, one went back, one is idle.

    What stands still has done so for ten ticks, half of it after it had committed at every fifth,
    which the guard knows.
    """
    windows, trail, row = Windows(), Trail(), np.arange(partitions, dtype=np.int64)
    kind, draw = row % 6, np.random.default_rng(1)
    committed = np.full(partitions, 1_000, dtype=np.int64)
    log_end = np.where(kind == 4, 1_000, 5_000).astype(np.int64)
    for tick in range(TICKS):
        consumed, produced = draw.integers(1, 50, partitions), draw.integers(0, 60, partitions)
        stands = (kind == 2) & ((tick >= TICKS - LENGTH) | (tick % 5 > 0) | (row // 12 % 2 > 0))
        committed += np.where(stands | (kind == 4), 0, consumed)
        committed -= np.where((kind == 3) & (tick == TICKS - 1), 900, 0)
        log_end += np.where(kind == 4, 0, produced)
        samples = Samples(row, committed.copy(), log_end - committed, log_end.copy())
        if tick < TICKS - 1:
            windows.push(samples, tick * TICK_MS)
            trail.push(_step(samples, np.zeros_like(row)), Pace(tick * TICK_MS, TICK_MS))
    return World(windows, trail, samples, (TICKS - 1) * TICK_MS)


def _step(samples: Samples, log_start: Int64s) -> Step:
    is_working = np.ones(len(samples.keys), dtype=np.bool_)
    return Step(samples.keys, samples.committed, samples.lag, log_start, is_working)


if __name__ == "__main__":
    main(sys.argv[1:])
