"""How far time lags are from the truth: traffic whose records are stamped, on a real broker.

    python -m quickstart exec -- python -m bench.timelag --seconds 180

Three logs at once: steady, bursty, and one whose producer stops at half time; a consumer of each
reads at a steady pace, too slowly. At every sample each method says how old the record at the
commit is; the truth is its stamp. Errors are seconds, `unknown` counts the samples that a method
says nothing of:

- `timeline`: ours, from the log ends watched;
- `broker`: ours at first sight, from what the broker tells of a log that nobody watched;
- `two_samples`: lag over the produce rate between the last two samples;
- `consumer_rate`: lag over the consume rate between the last two samples.
"""

import argparse
import json
import os
import sys
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from confluent_kafka import Producer
from confluent_kafka.admin import (  # type: ignore[attr-defined] # documented, not in __all__
    AdminClient,
    NewTopic,
)

from bench.machine import machine
from monitor.kafka.choice import ChosenReader
from monitor.kafka.ports import Edge, Int64s
from monitor.lag.rows import keys
from monitor.lag.timelines import Timelines
from monitor.lag.told_times import points_told

TRAFFICS = ("steady", "bursty", "stopping")
PER_SECOND = 50
BURST_SECONDS = 7.0
CONSUMED_SHARE = 0.7
BEAT_SECONDS = 0.02
PERCENTILES = (50, 95, 99, 100)

_KEYS = keys(np.ones(len(TRAFFICS), dtype=np.int64), np.arange(len(TRAFFICS)))


@dataclass
class Stamps:
    """The truth: when each record was made, in ms, by traffic."""

    of: list[list[int]] = field(default_factory=lambda: [[] for _ in TRAFFICS])


@dataclass(frozen=True, slots=True)
class Sample:
    """The log ends at a moment, and how far the consumers were; a partition a traffic."""

    now_ms: float
    log_end: Int64s
    committed: Int64s


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.timelag", description="Measure errors.")
    parser.add_argument("--seconds", type=float, default=180.0)
    parser.add_argument("--interval", type=float, default=1.0)
    options = parser.parse_args(arguments)
    found = measure(os.environ["HIGHWATER_KAFKA"], options.seconds, options.interval)
    print(json.dumps(found, indent=2))


def measure(bootstrap_servers: str, seconds: float, interval: float) -> dict[str, Any]:
    with _topic(bootstrap_servers) as topic:
        stamps, stop = Stamps(), threading.Event()
        producing = threading.Thread(
            target=_produce, args=(bootstrap_servers, topic, stamps, seconds, stop)
        )
        producing.start()
        try:
            errors = _watch(bootstrap_servers, topic, stamps, seconds, interval)
        finally:
            stop.set()
            producing.join()
    return {
        "benchmark": "timelag",
        "seconds": seconds,
        "interval_seconds": interval,
        "records": dict(zip(TRAFFICS, map(len, stamps.of), strict=True)),
        "errors": {
            traffic: {method: _summary(rows[place]) for method, rows in errors.items()}
            for place, traffic in enumerate(TRAFFICS)
        },
        "machine": machine(),
    }


@contextmanager
def _topic(bootstrap_servers: str) -> Iterator[str]:
    admin, name = (
        AdminClient({"bootstrap.servers": bootstrap_servers}),
        f"bench-{uuid.uuid4().hex[:8]}",
    )
    for future in admin.create_topics([NewTopic(name, len(TRAFFICS), 1)]).values():
        future.result(60)
    try:
        yield name
    finally:
        for future in admin.delete_topics([name]).values():
            future.result(60)


def _due(traffic: str, at: float, seconds: float) -> int:
    """Records that a traffic has made by then."""
    if traffic == "bursty":
        return int((at // BURST_SECONDS + 1) * PER_SECOND * BURST_SECONDS)
    if traffic == "stopping":
        at = min(at, seconds / 2)
    return int(at * PER_SECOND)


def _produce(
    servers: str, topic: str, stamps: Stamps, seconds: float, stop: threading.Event
) -> None:
    producer = Producer({"bootstrap.servers": servers, "linger.ms": 0})
    began = time.monotonic()
    while not stop.is_set():
        for partition, traffic in enumerate(TRAFFICS):
            made = stamps.of[partition]
            due = _due(traffic, time.monotonic() - began, seconds)
            for _ in range(due - len(made)):
                now_ms = time.time_ns() // 1_000_000
                made.append(now_ms)
                producer.produce(topic, b"x", partition=partition, timestamp=now_ms)
        producer.flush(10)
        stop.wait(BEAT_SECONDS)


def _watch(
    servers: str, topic: str, stamps: Stamps, seconds: float, interval: float
) -> dict[str, list[list[float]]]:
    """Errors of each method, by traffic; NaN is unknown."""
    reader = ChosenReader({"bootstrap.servers": servers}, timeout_seconds=5)
    partitions = reader.cluster().partitions
    first = partitions.position(topic, 0)
    if first is None:
        raise SystemExit(f"The broker does not list {topic} yet.")
    positions = first + np.arange(len(TRAFFICS))
    lines, samples, began = Timelines(), list[Sample](), time.monotonic()
    errors: dict[str, list[list[float]]] = {}
    while (at := time.monotonic() - began) < seconds:
        log_end = reader.offsets(positions, partitions, Edge.LOG_END).offset
        consumed = int(at * PER_SECOND * CONSUMED_SHARE)
        now_ms = time.time_ns() / 1_000_000
        samples.append(Sample(now_ms, log_end, np.minimum(consumed, log_end)))
        lines.add(_KEYS, log_end, now_ms)
        told = Timelines()
        told.add(_KEYS, log_end, now_ms)
        points = points_told(reader, positions, partitions, log_end, int(now_ms))
        if points is not None:
            told.put_before(_KEYS, *points)
        if len(samples) > 1:
            _compare(samples[-2:], lines, told, stamps, errors)
        time.sleep(max(0.0, began + len(samples) * interval - time.monotonic()))
    reader.close()
    return errors


def _compare(
    last: Sequence[Sample],
    lines: Timelines,
    told: Timelines,
    stamps: Stamps,
    errors: dict[str, list[list[float]]],
) -> None:
    [(before, now)] = pairwise(last)
    passed = (now.now_ms - before.now_ms) / 1000
    lag = now.log_end - now.committed
    produced, consumed = now.log_end - before.log_end, now.committed - before.committed
    ages = {
        "timeline": (now.now_ms - lines.times_of(_KEYS, now.committed)) / 1000,
        "broker": (now.now_ms - told.times_of(_KEYS, now.committed)) / 1000,
        "two_samples": lag * passed / np.where(produced > 0, produced, np.nan),
        "consumer_rate": lag * passed / np.where(consumed > 0, consumed, np.nan),
    }
    for place in np.flatnonzero(lag > 0).tolist():
        truth = (now.now_ms - stamps.of[place][int(now.committed[place])]) / 1000
        for method, age in ages.items():
            rows = errors.setdefault(method, [[] for _ in TRAFFICS])
            rows[place].append(float(age[place]) - truth)


def _summary(errors: Sequence[float]) -> dict[str, Any]:
    column = np.array(errors)
    known = np.abs(column[~np.isnan(column)])
    worst = np.percentile(known, PERCENTILES) if len(known) else [None] * len(PERCENTILES)
    names = [f"p{percent}" if percent < 100 else "max" for percent in PERCENTILES]
    rounded = [None if one is None else round(float(one), 3) for one in worst]
    return {
        "samples": len(column),
        "unknown": int(np.isnan(column).sum()),
        **dict(zip(names, rounded, strict=True)),
    }


if __name__ == "__main__":
    main(sys.argv[1:])
