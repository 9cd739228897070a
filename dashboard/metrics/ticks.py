"""What the sampling workers did, from the rows that they left."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter

from django.db.models import Count, QuerySet

from dashboard.metrics.series import Series
from monitor.models import Cluster, OutboxSource, Tick

STEPS = ("read", "judge", "store", "broadcast")

Names = dict[int, str]


def add_ticks(series: Series, now: datetime) -> None:
    """Outcomes of the last hour, and the last tick that was done, per cluster and outbox."""
    recent = Tick.objects.filter(slot_at__gte=now - timedelta(hours=1))
    clusters = dict(Cluster.objects.filter(is_enabled=True).values_list("pk", "name"))
    sources = dict(OutboxSource.objects.filter(is_enabled=True).values_list("pk", "name"))
    for kind, column, names in (
        ("cluster", "cluster_id", clusters),
        ("outbox", "source_id", sources),
    ):
        ticks = recent.filter(**{f"{column}__in": names})
        _add_outcomes(series, kind, names, _counts(ticks, column))
        done = ticks.filter(state=Tick.State.DONE)
        newest = done.order_by(column, "shard", "-slot_at").distinct(column, "shard")
        for pk, shards in groupby(newest, attrgetter(column)):
            _add_last(series, (kind, names[pk]), list(shards))


def _counts(ticks: QuerySet[Tick], column: str) -> dict[tuple[int, str], int]:
    counted = ticks.values_list(column, "state").annotate(ticks=Count("pk")).order_by()
    return {(pk, state): count for pk, state, count in counted}


def _add_outcomes(
    series: Series, kind: str, names: Names, counts: dict[tuple[int, str], int]
) -> None:
    for pk, name in names.items():
        for state in Tick.State.values:
            labels = (kind, name, state)
            series.add("highwater_ticks_last_hour", labels, counts.get((pk, state), 0))


def _add_last(series: Series, labels: tuple[str, str], ticks: Sequence[Tick]) -> None:
    """Of each shard's newest tick, as the cluster is cut now: a step by the slowest, all errors.

    Not of one slot: in the newest the slowest shards may not be done yet.
    """
    cut = max(ticks, key=attrgetter("slot_at")).shards
    shards = [tick for tick in ticks if tick.shards == cut]
    for step in STEPS:
        known = [getattr(tick, f"{step}_seconds") for tick in shards]
        slowest = max((seconds for seconds in known if seconds is not None), default=None)
        series.add("highwater_tick_seconds", (*labels, step), slowest)
    series.add("highwater_tick_reading_errors", labels, sum(one.reading_errors for one in shards))
