"""Replays by state, and how far the active ones are."""

from django.db.models import Count

from dashboard.metrics.series import Series
from monitor.models import Replay

ACTIVE = (Replay.State.RUNNING, Replay.State.PAUSED)


def add_replays(series: Series) -> None:
    counted = Replay.objects.values_list("state").annotate(replays=Count("pk")).order_by()
    counts = dict(counted)
    for state in Replay.State.values:
        series.add("highwater_replays", (state,), counts.get(state, 0))
    for replay in Replay.objects.filter(state__in=ACTIVE).select_related("cluster"):
        labels = (str(replay.pk), replay.verb, replay.cluster.name)
        series.add("highwater_replay_records_planned", labels, replay.records_total)
        series.add("highwater_replay_records_done", labels, replay.records_done)
        series.add("highwater_replay_records_per_second", labels, replay.records_per_second)
