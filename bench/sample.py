"""How long a sampling tick takes: read, judge with full windows, store, broadcast.

    python -m bench.sample --groups 2000 --partitions 12000

Reads the cluster with both adapters and with a bare loop of librdkafka's client, then measures the
product's own tick on the broker of HIGHWATER_KAFKA, in a database that is made for it
and dropped. Each group has commits in the 20 partitions of one topic. Seconds are medians over the
measured ticks; memory is the highest PSS, during those, of this one process, which does all of a
worker's work. Another process listens to the overview meanwhile, as often as --sockets says.
"""

import argparse
import json
import os
import statistics
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import django

WARM_UP_TICKS = 10  # a window is full after ten samples
INTERVAL = timedelta(seconds=10)
STAGES = ("read", "judge", "store", "broadcast")


def main(arguments: Sequence[str]) -> None:
    options = _options(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
    os.environ["HIGHWATER_MOST_INTERVAL"] = "1"  # ticks come one after another, however long
    django.setup()
    from django.db import connection

    from bench.kafka_load import load
    from bench.reads import compare

    servers = os.environ["HIGHWATER_KAFKA"]
    creation = connection.creation
    before = connection.settings_dict["NAME"]
    connection.settings_dict["TEST"]["NAME"] = f"highwater_bench_{os.getpid()}"
    creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        with load(servers, groups=options.groups, partitions=options.partitions) as advance:
            reads = compare(servers, options.rounds)
            ticks = measure(servers, options.ticks, advance, sockets=options.sockets)
            print(json.dumps({**ticks, "reads": reads}, indent=2))
    finally:
        creation.destroy_test_db(before, verbosity=0)


def measure(
    bootstrap_servers: str, count: int, advance: Callable[[], None], *, sockets: int
) -> dict[str, Any]:
    """Sample with windows filled, and say where the time went."""
    from bench.machine import PeakPss, machine
    from bench.sockets import listening
    from monitor.models import Cluster, Tick

    cluster = Cluster.objects.create(name="bench", bootstrap_servers=bootstrap_servers)
    with listening(f"overview.{cluster.pk}", sockets) as heard:
        _sample(cluster.pk, WARM_UP_TICKS, advance)
        with PeakPss() as peak:
            _sample(cluster.pk, count, advance)
    ticks = list(Tick.objects.filter(cluster=cluster, state=Tick.State.DONE).order_by("-slot_at"))
    measured = ticks[:count]
    stages = {stage: _median(measured, stage) for stage in STAGES}
    total = round(sum(stages.values()), 4)
    group_partitions = measured[0].group_partitions or 0
    return {
        "benchmark": "sample",
        "reader": cluster.state.adapter,
        "groups": measured[0].groups,
        "group_partitions": group_partitions,
        "ticks": len(measured),
        "ticks_not_done": WARM_UP_TICKS + count - len(ticks),
        **{f"{stage}_seconds": seconds for stage, seconds in stages.items()},
        "tick_seconds": total,
        "longest_tick_seconds": max(_seconds(tick) for tick in measured),
        "group_partitions_per_second": int(group_partitions / total),
        "pss_mib": peak.mib,
        "sockets": sockets,
        "messages_heard": heard.messages,
        "machine": machine(),
    }


def _sample(cluster_id: int, count: int, advance: Callable[[], None]) -> None:
    """Ticks of slots that follow each other."""
    from django.utils import timezone

    from monitor.lag.collect import collect
    from monitor.models import Tick

    last = Tick.objects.filter(cluster=cluster_id).order_by("-slot_at").first()
    moment = last.slot_at if last else timezone.now()
    for _ in range(count):
        advance()
        # A slot after the last one, yet never in the past: the lease would have run out.
        moment = max(moment + INTERVAL, timezone.now())
        collect(cluster_id, clock=partial(lambda now: now, moment))


def _seconds(tick: Any) -> float:
    seconds: list[float] = [getattr(tick, f"{stage}_seconds") for stage in STAGES]
    return round(sum(seconds), 4)


def _median(ticks: Sequence[Any], stage: str) -> float:
    seconds: list[float] = [getattr(tick, f"{stage}_seconds") for tick in ticks]
    return round(statistics.median(seconds), 4)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.sample", description="Measure a tick.")
    parser.add_argument("--groups", type=int, default=2000)
    parser.add_argument("--partitions", type=int, default=12_000)
    parser.add_argument("--rounds", type=int, default=3, help="readings a client, the best counts")
    parser.add_argument("--ticks", type=int, default=10, help="ticks to measure, after 10 others")
    parser.add_argument("--sockets", type=int, default=100, help="listeners to the overview")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
