"""How long a sampling tick takes: read, judge with full windows, store, broadcast.

    python -m bench.sample --groups 2000 --partitions 12000

Reads the cluster with both adapters and with a bare loop of librdkafka's client, then measures the
product's own tick on the broker of HIGHWATER_KAFKA, in a database that is made for it
and dropped. Each group has commits in the 20 partitions of one topic. Seconds are medians over the
measured ticks; memory is the highest PSS, during those, of this one process, which does all of a
worker's work. Another process listens to the overview meanwhile, as often as --sockets says.
With --real-time the measured ticks wait for their slots by the clock, as a worker's do, and slots
that had no tick are counted; without it they follow each other, and that count is null.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import django

from bench.fresh_database import fresh_database
from bench.tick_figures import tick_figures

WARM_UP_TICKS = 10  # a window is full after ten samples
INTERVAL = timedelta(seconds=10)

Advance = Callable[[], None]
Sample = Callable[[int, int, Advance], int | None]


def main(arguments: Sequence[str]) -> None:
    options = _options(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
    os.environ["HIGHWATER_MOST_INTERVAL"] = "1"  # ticks come one after another, however long
    django.setup()
    from bench.kafka_load import load
    from bench.reads import compare

    servers = os.environ["HIGHWATER_KAFKA"]
    with (
        fresh_database(),
        load(servers, groups=options.groups, partitions=options.partitions) as advance,
    ):
        reads = compare(servers, options.rounds)
        sample = sample_in_time if options.real_time else sample_in_a_row
        ticks = measure(servers, options.ticks, advance, sockets=options.sockets, sample=sample)
        print(json.dumps({**ticks, "reads": reads}, indent=2))


def measure(
    bootstrap_servers: str, count: int, advance: Advance, *, sockets: int, sample: Sample
) -> dict[str, Any]:
    """Take ticks by `sample` with windows filled, and say where the time went."""
    from bench.machine import PeakPss, machine
    from bench.sockets import listening
    from monitor.models import Cluster, Tick

    cluster = Cluster.objects.create(name="bench", bootstrap_servers=bootstrap_servers)
    with listening(f"overview.{cluster.pk}", sockets) as heard:
        sample_in_a_row(cluster.pk, WARM_UP_TICKS, advance)
        with PeakPss() as peak:
            skipped = sample(cluster.pk, count, advance)
    ticks = list(Tick.objects.filter(cluster=cluster, state=Tick.State.DONE).order_by("-slot_at"))
    measured = ticks[:count]
    return {
        "benchmark": "sample",
        "reader": cluster.state.adapter,
        "ticks": len(measured),
        "ticks_not_done": WARM_UP_TICKS + count - len(ticks),
        "ticks_skipped": skipped,
        **tick_figures(measured),
        "pss_mib": peak.mib,
        "sockets": sockets,
        "messages_heard": heard.messages,
        "machine": machine(),
    }


def sample_in_a_row(cluster_id: int, count: int, advance: Advance) -> None:
    """Ticks of slots that follow each other, without waiting for them."""
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


def sample_in_time(cluster_id: int, count: int, advance: Advance) -> int:
    """The ticks of the next slots, each within its own; return how many slots had none."""
    from monitor.lag.claim import database_time, slot_of
    from monitor.lag.collect import collect
    from monitor.models import Tick

    done = Tick.objects.filter(cluster=cluster_id, state=Tick.State.DONE)
    # The warm-up ran ahead: go by a clock that is ahead by as many whole slots.
    last = done.order_by("-slot_at").values_list("slot_at", flat=True)[0]
    ahead = max(0, (last - slot_of(database_time(), INTERVAL)) // INTERVAL) * INTERVAL

    def clock() -> datetime:
        return database_time() + ahead

    first = slot_of(clock(), INTERVAL) + INTERVAL
    slots = [first + number * INTERVAL for number in range(count)]
    for slot_at in slots:
        if clock() < slot_at + INTERVAL:
            advance()
            time.sleep(max(0.0, (slot_at - clock()).total_seconds()))
            collect(cluster_id, clock=clock)
    return count - done.filter(slot_at__in=slots).count()


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.sample", description="Measure a tick.")
    parser.add_argument("--groups", type=int, default=2000)
    parser.add_argument("--partitions", type=int, default=12_000)
    parser.add_argument("--rounds", type=int, default=3, help="readings a client, the best counts")
    parser.add_argument("--ticks", type=int, default=10, help="ticks to measure, after 10 others")
    parser.add_argument("--sockets", type=int, default=100, help="listeners to the overview")
    parser.add_argument("--real-time", action="store_true", help="wait for each tick's slot")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
