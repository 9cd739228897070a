"""What sampling workers take, in seconds and in memory, while people look.

    python -m quickstart exec --fresh -- python -m bench.worker --groups 2000 --partitions 12000

Starts what an installation runs, the web process, beat and a sampling worker, by the commands of
`make demo`, on the broker of HIGHWATER_KAFKA and in a database that is made for it and dropped.
With `--workers 2` the cluster is cut into two shards for as many workers; a slot's seconds are then
those of the shard that took longest, and memory is that of all workers together.
Each group has commits in the 20 partitions of one topic, and every group's lag changes with every
tick. Each of --sockets websockets listens to the overview and to a group of its own. After ten
ticks, when windows are full, the next --ticks slots are measured as their rows tell them. The
interval is never widened: a tick that takes longer shows as a skipped slot.

Memory is the highest PSS of a process and all that it started: `worker_pss_mib` and `web_pss_mib`
in the measured slots, `worker_pss_mib_at_start` in all before, the first tick with it. What the
worker computes a tick, `cpu_seconds_a_tick`, tells its own work from waiting for others, and on a
machine that had other work, as `load_before` tells, from that. Messages are those of all sockets
from the measured slots and the tick behind them.
"""

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import django

from bench.fresh_database import fresh_database
from bench.installation import installed, log_in
from bench.machine import PeakPss, machine, tree_pss_mib
from bench.slots import Advance, Slots
from bench.tick_figures import tick_figures
from quickstart.interruption import StopAsked, stoppable

WARM_UP_TICKS = 10  # a window is full after ten samples


def main(arguments: Sequence[str]) -> None:
    options = _options(arguments)
    load_before = round(os.getloadavg()[0], 2)
    os.environ["DJANGO_SETTINGS_MODULE"] = "dashboard.settings"
    # From this setting a migration would make a cluster, which the worker would sample too.
    servers = os.environ.pop("HIGHWATER_KAFKA")
    django.setup()
    from bench.kafka_load import load

    try:
        with (
            stoppable(),
            fresh_database() as address,
            load(servers, groups=options.groups, partitions=options.partitions) as advance,
        ):
            found = measure(servers, address, advance, options)
            print(json.dumps({**found, "load_before": load_before}, indent=2))
    except StopAsked as asked:
        raise SystemExit(128 + asked.signal_number) from None


def measure(
    servers: str, address: str, advance: Advance, options: argparse.Namespace
) -> dict[str, Any]:
    """Have the cluster sampled, and say what that took."""
    from monitor.models import Cluster

    settings = {
        "DATABASE_URL": address,
        "HIGHWATER_SAMPLE_INTERVAL": str(options.interval),
        "HIGHWATER_MOST_INTERVAL": "1",
    }
    cluster = Cluster.objects.create(
        name="bench", bootstrap_servers=servers, shards=options.workers
    )
    with (
        installed(settings, workers=options.workers) as run,
        PeakPss(lambda: sum(map(tree_pss_mib, run.worker_pids))) as worker,
        PeakPss(lambda: tree_pss_mib(run.web_pid)) as web,
    ):
        slots = Slots(cluster, options.workers, run, advance)
        return {
            "benchmark": "worker",
            "interval_seconds": options.interval,
            "workers": options.workers,
            **_measure(slots, worker, web, options),
            "machine": machine(),
        }


def _measure(
    slots: Slots, worker: PeakPss, web: PeakPss, options: argparse.Namespace
) -> dict[str, Any]:
    from bench.browsers import browsing

    slots.until(lambda: slots.done() > 0)
    topics = _topics(slots.cluster, options.sockets)
    with browsing(slots.run.url, log_in(slots.run.url), topics) as browsers:
        slots.until(lambda: slots.done() >= WARM_UP_TICKS)
        before, heard = len(slots.begun()) - slots.done(), browsers.messages
        at_start, _ = worker.restart(), web.restart()
        done, computed = slots.done(), slots.run.worker_cpu_seconds()
        found = slots.next(options.ticks, timedelta(seconds=options.interval))
        done, computed = slots.done() - done, slots.run.worker_cpu_seconds() - computed
        told = browsers.messages - heard
        sockets = browsers.open_sockets
    states = Counter(slot.state for slot in found)
    if not states["DONE"]:
        raise SystemExit(f"No tick of the measured slots was done: {dict(states)}")
    missing = options.ticks - len(found)
    return {
        "reader": slots.cluster.state.adapter,
        "ticks": states["DONE"],
        "ticks_skipped": states["SKIPPED"] + missing,
        "ticks_failed": states["FAILED"],
        "ticks_lost": states["LOST"],
        "ticks_not_done_before": before,
        **tick_figures([slot for slot in found if slot.state == "DONE"]),
        "cpu_seconds_a_tick": round(computed / done, 3),
        "worker_pss_mib": round(worker.mib, 1),
        "worker_pss_mib_at_start": round(at_start, 1),
        "web_pss_mib": web.mib,
        "sockets": sockets,
        "messages_heard": told,
    }


def _topics(cluster: Any, sockets: int) -> list[list[str]]:
    """The overview and a group, for each socket another one while there are as many."""
    groups = list(cluster.groups.order_by("pk").values_list("pk", flat=True)[:sockets])
    return [
        [f"overview.{cluster.pk}", f"group.{groups[number % len(groups)]}"]
        for number in range(sockets)
    ]


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.worker", description="Measure a sampling worker."
    )
    parser.add_argument("--groups", type=int, default=2000)
    parser.add_argument("--partitions", type=int, default=12_000)
    parser.add_argument("--ticks", type=int, default=10, help="slots to measure, after ten ticks")
    parser.add_argument("--sockets", type=int, default=100, help="websockets to the web process")
    parser.add_argument("--workers", type=int, default=1, help="as many shards have a worker each")
    parser.add_argument("--interval", type=int, default=10, help="seconds between two ticks")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
