"""What series cost: storing, sealing, bytes a sample, charts, and retention beside a long reader.

    python -m bench.series --samples 100000000

Starts a Postgres of its own, safe in a power cut like that of `make demo`, and fills it: ten groups
of 20 partitions with full days at 10 s and summaries of 400 days, and hours of 2,000 groups, 40,000
group-partitions, of busy, quiet, idle and bursty traffic. Fewer samples scale all of it down. A
sample is one group's commit in one partition at one moment; its bytes are those of blocks,
summaries, heads, rows and indexes together. Charts are the ten groups', cold means that Postgres
was started anew. Sealing is of one core, for the server may use no other for its queries then.
"""

import argparse
import json
import logging
import os
import statistics
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quickstart.environment import ROOT

if TYPE_CHECKING:
    from bench.own_postgres import OwnPostgres

FULL_SAMPLES = 100_000_000
GROUPS, TOPICS, CHART_GROUPS = 2000, 600, 10
HISTORY_HOURS, SUMMARY_DAYS = 30 * 24, 400
STORE_GROUPS, STORE_ROUNDS = 10_000, 7
DRAWS = 200
READER_SECONDS = 60.0


class Sizes:
    """Everything, scaled to the samples that are wanted."""

    def __init__(self, samples: int) -> None:
        from bench.series_traffic import PARTITIONS, TICKS_AN_HOUR

        scale = min(1.0, samples / FULL_SAMPLES)
        self.groups = max(2 * CHART_GROUPS, int(GROUPS * scale))
        self.topics = max(CHART_GROUPS, int(TOPICS * scale))
        self.history_hours = max(2, int(HISTORY_HOURS * scale))
        self.summary_hours = max(48, int(SUMMARY_DAYS * 24 * scale)) - self.history_hours
        self.store_groups = max(10, int(STORE_GROUPS * scale))
        self.draws = max(20, int(DRAWS * scale))
        self.reader_seconds = max(3.0, READER_SECONDS * scale)
        an_hour = PARTITIONS * TICKS_AN_HOUR
        history = CHART_GROUPS * self.history_hours * an_hour
        self.sealed_hours = max(1, -(-(samples - history) // (self.groups * an_hour)))
        self.samples = history + self.sealed_hours * (self.groups - CHART_GROUPS) * an_hour


def main(arguments: Sequence[str]) -> None:
    from bench.own_postgres import own_postgres

    options = _options(arguments)
    with own_postgres(options.state.resolve()) as server:
        os.environ["DJANGO_SETTINGS_MODULE"] = "dashboard.settings"
        import django

        django.setup()
        logging.disable(logging.INFO)
        print(json.dumps(measure(server, options.samples), indent=2))


def measure(server: "OwnPostgres", samples: int) -> dict[str, Any]:
    from django.core.management import call_command

    from bench import series_charts, series_retention, series_world
    from bench.machine import machine, pss_mib

    call_command("migrate", verbosity=0)
    sizes = Sizes(samples)
    now = datetime.now(UTC).replace(minute=30, second=0, microsecond=0)
    ids = series_world.make_catalogue(sizes.groups, sizes.topics)
    stored = _store(sizes, now)
    sealed = _fill(ids, sizes, now)
    cost = _cost(sizes)
    watched = series_world.first_of(ids, CHART_GROUPS)
    oldest = now.replace(minute=0) - timedelta(hours=sizes.history_hours)
    series_world.repeat_summaries(
        watched, oldest - timedelta(hours=sizes.summary_hours), sizes.summary_hours
    )
    _vacuum()
    charts = series_charts.measure(watched.groups, now, draws=sizes.draws, restart=server.restart)
    retention = series_retention.measure(
        server.dsn, int(watched.reads[0]), now, sizes.reader_seconds
    )
    return {
        "benchmark": "series",
        "samples": sizes.samples,
        "store": stored,
        "seal": sealed,
        **cost,
        "charts": charts,
        "retention": retention,
        "pss_mib": pss_mib(),
        "machine": machine(),
    }


def _store(sizes: Sizes, now: datetime) -> dict[str, Any]:
    """One tick of many groups, whose samples are deleted again."""
    import numpy as np
    from django.db import connection

    from bench.series_traffic import PARTITIONS, Traffic
    from bench.series_world import Catalogue, store_tick
    from monitor.series.partitions import ensure_partitions

    ensure_partitions(now)
    groups, topics = sizes.store_groups, sizes.topics
    ids = Catalogue([], np.arange(topics) + 10**9, np.arange(groups) + 10**9)
    traffic, seconds = Traffic(topics, groups), list[float]()
    for number, moment in enumerate(traffic.ticks(STORE_ROUNDS)):
        began = time.perf_counter()
        store_tick(moment, traffic, ids, now + timedelta(seconds=10 * number))
        seconds.append(time.perf_counter() - began)
    with connection.cursor() as cursor:
        for table in ("monitor_head_sample", "monitor_lag_sample"):
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608 # our own names
    return {
        "group_partitions": groups * PARTITIONS,
        "median_seconds": round(statistics.median(seconds), 3),
        "most_seconds": round(max(seconds), 3),
    }


def _fill(ids: Any, sizes: Sizes, now: datetime) -> dict[str, Any]:
    """History, then hours stored and sealed by the product, then half an open one."""
    from bench import series_world
    from bench.series_traffic import PARTITIONS, TICKS_AN_HOUR, Traffic
    from monitor.series.partitions import HOUR
    from monitor.series.seal import seal

    this_hour = now.replace(minute=0)
    first = this_hour - HOUR * sizes.sealed_hours
    alone = sizes.history_hours - sizes.sealed_hours
    if alone > 0:
        watched = series_world.first_of(ids, CHART_GROUPS)
        series_world.seal_history(watched, first - HOUR * alone, alone)
    _use_one_core()
    traffic, seconds, cpu = Traffic(sizes.topics, sizes.groups), list[float](), list[float]()
    for number in range(sizes.sealed_hours):
        hour = first + HOUR * number
        series_world.store_ticks(traffic, ids, hour, TICKS_AN_HOUR)
        began, used = time.perf_counter(), time.process_time()
        if not seal(hour):
            raise SystemExit(f"The hour {hour} was not sealed.")
        seconds.append(time.perf_counter() - began)
        cpu.append(time.process_time() - used)
    series_world.store_ticks(traffic, ids, this_hour, TICKS_AN_HOUR // 2)
    return {
        "group_partitions": sizes.groups * PARTITIONS,
        "hours": sizes.sealed_hours,
        "median_seconds": round(statistics.median(seconds), 2),
        "most_seconds": round(max(seconds), 2),
        "of_which_ours_seconds": round(statistics.median(cpu), 2),
    }


def _cost(sizes: Sizes) -> dict[str, Any]:
    """Bytes a sample of all sealed tables, their indexes and what lies beside them."""
    from django.db import connection

    from monitor.series.partitions import BLOCKS, SUMMARIES

    tables = dict[str, int]()
    with connection.cursor() as cursor:
        for table in (*BLOCKS.tables, *SUMMARIES.tables):
            cursor.execute(
                "SELECT coalesce(sum(pg_total_relation_size(inhrelid)), 0) FROM pg_inherits"
                " WHERE inhparent = %s::regclass",
                [table],
            )
            tables[table] = int(cursor.fetchone()[0])
    by_table = {name: round(size / sizes.samples, 3) for name, size in tables.items() if size}
    return {
        "bytes_a_sample": round(sum(tables.values()) / sizes.samples, 3),
        "bytes_a_sample_by_table": by_table,
    }


def _use_one_core() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET max_parallel_workers_per_gather = 0")


def _vacuum() -> None:
    """What autovacuum does within minutes."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.series", description="Measure what series cost."
    )
    parser.add_argument("--samples", type=int, default=FULL_SAMPLES)
    parser.add_argument(
        "--state", type=Path, default=ROOT / ".highwater/bench-series", help="cleared twice"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
