"""What the sampling workers did, from the rows that they left."""

from datetime import datetime, timedelta

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
        for tick in done.order_by(column, "-slot_at").distinct(column):
            _add_tick(series, (kind, names[getattr(tick, column)]), tick)


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


def _add_tick(series: Series, labels: tuple[str, str], tick: Tick) -> None:
    for step in STEPS:
        series.add("highwater_tick_seconds", (*labels, step), getattr(tick, f"{step}_seconds"))
    series.add("highwater_tick_reading_errors", labels, tick.reading_errors)
