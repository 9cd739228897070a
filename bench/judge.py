"""How long judging takes: the window rules on full windows, of groups that lag, stall and rewind.

    python -m bench.judge --partitions 200000

No services. Seconds are the best of the rounds, on one core.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence

import numpy as np

from bench.machine import machine
from monitor.lag.windows import LENGTH, Samples, Windows
from monitor.values import Status

TICK_MS = 10_000


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.judge", description="Measure judging.")
    parser.add_argument("--partitions", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(arguments)
    print(json.dumps(measure(options.partitions, options.rounds), indent=2))


def measure(partitions: int, rounds: int) -> dict[str, object]:
    windows, last = _filled(partitions)
    has_members = np.where(np.arange(partitions) // 6 % 2, 1, 0).astype(np.int8)
    taken = {"push": float("inf"), "judge": float("inf")}
    now_ms = LENGTH * TICK_MS
    for _ in range(rounds):
        began = time.perf_counter()
        windows.push(last, now_ms)
        pushed = time.perf_counter()
        found = windows.statuses(last.lag, last.log_end, now_ms=now_ms, has_members=has_members)
        taken["judge"] = min(taken["judge"], time.perf_counter() - pushed)
        taken["push"] = min(taken["push"], pushed - began)
    counts = np.bincount(found, minlength=len(Status)).tolist()
    return {
        "benchmark": "judge",
        "group_partitions": partitions,
        "samples_a_window": int(windows.counts.min()),
        "push_seconds": round(taken["push"], 4),
        "judge_seconds": round(taken["judge"], 4),
        "statuses": dict(zip([status.value for status in Status], counts, strict=True)),
        "machine": machine(),
    }


def _filled(partitions: int) -> tuple[Windows, Samples]:
    """Full windows: of six, three gain or lose, one stands still, one went back, one is idle."""
    windows, row = Windows(), np.arange(partitions, dtype=np.int64)
    kind, draw = row % 6, np.random.default_rng(1)
    committed = np.full(partitions, 1_000, dtype=np.int64)
    log_end = np.where(kind == 4, 1_000, 5_000).astype(np.int64)
    for tick in range(LENGTH):
        consumed, produced = draw.integers(1, 50, partitions), draw.integers(0, 60, partitions)
        committed += np.where((kind == 2) | (kind == 4), 0, consumed)
        committed -= np.where((kind == 3) & (tick == LENGTH - 1), 900, 0)
        log_end += np.where(kind == 4, 0, produced)
        samples = Samples(row, committed.copy(), log_end - committed, log_end.copy())
        windows.push(samples, tick * TICK_MS)
    return windows, samples


if __name__ == "__main__":
    main(sys.argv[1:])
