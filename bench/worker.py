"""What a sampling worker takes, in seconds and in memory, while people look.

    python -m quickstart exec --fresh -- python -m bench.worker --groups 2000 --partitions 12000

Starts what an installation runs, the web process, beat and the sampling worker, by the commands of
`make demo`, on the broker of HIGHWATER_KAFKA and in a database that is made for it and dropped.
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
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import django

from bench.fresh_database import fresh_database
from bench.installation import Installation, installed, log_in
from bench.machine import PeakPss, machine, tree_cpu_seconds, tree_pss_mib
from bench.tick_figures import tick_figures
from quickstart.interruption import StopAsked, stoppable

WARM_UP_TICKS = 10  # a window is full after ten samples
LOOK_EVERY_SECONDS = 0.5
PATIENCE_SECONDS = 300.0

Advance = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Watch:
    """Looks at the ticks that a worker makes of one cluster, and has its records go on."""

    cluster: Any
    run: Installation
    advance: Advance

    def ticks(self, *states: str) -> Any:
        found = self.cluster.ticks.order_by("slot_at")
        return found.filter(state__in=states) if states else found

    def done(self) -> Any:
        """What is stored and told: the time of the telling is the last thing in a row."""
        return self.ticks("DONE").exclude(broadcast_seconds=None)

    def until(self, is_reached: Callable[[], bool]) -> None:
        """Append to each topic once a tick. Raises SystemExit where no tick comes for long."""
        told, since = -1, time.monotonic()
        while not is_reached():
            self.run.require_all()
            if (count := self.done().count()) != told:
                self.advance()
                told, since = count, time.monotonic()
            if time.monotonic() - since > PATIENCE_SECONDS:
                raise SystemExit(f"No tick was done for {PATIENCE_SECONDS:.0f} s.")
            time.sleep(LOOK_EVERY_SECONDS)

    def slots(self, count: int, every: timedelta) -> list[Any]:
        """The ticks of the next slots, once they are over; a slot without a tick is missing."""
        first = self.ticks().last().slot_at + every
        last = first + (count - 1) * every

        def are_over() -> bool:
            # The cluster is let go of when all is told: then only another tick begins.
            begun = self.ticks("CLAIMED", "DONE", "FAILED", "LOST").filter(slot_at__gt=last)
            return begun.exists() and not self.ticks("CLAIMED").filter(slot_at__lte=last).exists()

        self.until(are_over)
        return list(self.ticks().filter(slot_at__range=(first, last)))


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
    cluster = Cluster.objects.create(name="bench", bootstrap_servers=servers)
    with (
        installed(settings) as run,
        PeakPss(lambda: tree_pss_mib(run.worker_pid)) as worker,
        PeakPss(lambda: tree_pss_mib(run.web_pid)) as web,
    ):
        watch = Watch(cluster, run, advance)
        return {
            "benchmark": "worker",
            "interval_seconds": options.interval,
            **_measure(watch, worker, web, options),
            "machine": machine(),
        }


def _measure(
    watch: Watch, worker: PeakPss, web: PeakPss, options: argparse.Namespace
) -> dict[str, Any]:
    from bench.browsers import browsing

    watch.until(lambda: watch.done().exists())
    topics = _topics(watch.cluster, options.sockets)
    with browsing(watch.run.url, log_in(watch.run.url), topics) as browsers:
        watch.until(lambda: watch.done().count() >= WARM_UP_TICKS)
        before, heard = watch.ticks().count() - watch.ticks("DONE").count(), browsers.messages
        at_start, _ = worker.restart(), web.restart()
        computed = tree_cpu_seconds(watch.run.worker_pid)
        ticks = watch.slots(options.ticks, timedelta(seconds=options.interval))
        computed = tree_cpu_seconds(watch.run.worker_pid) - computed
        told = browsers.messages - heard
        sockets = browsers.open_sockets
    states = Counter(tick.state for tick in ticks)
    if not states["DONE"]:
        raise SystemExit(f"No tick of the measured slots was done: {dict(states)}")
    missing = options.ticks - len(ticks)
    return {
        "reader": watch.cluster.state.adapter,
        "ticks": states["DONE"],
        "ticks_skipped": states["SKIPPED"] + missing,
        "ticks_failed": states["FAILED"],
        "ticks_lost": states["LOST"],
        "ticks_not_done_before": before,
        **tick_figures([tick for tick in ticks if tick.state == "DONE"]),
        "cpu_seconds_a_tick": round(computed / states["DONE"], 3),
        "worker_pss_mib": worker.mib,
        "worker_pss_mib_at_start": at_start,
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
    parser.add_argument("--interval", type=int, default=10, help="seconds between two ticks")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
