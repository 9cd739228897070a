"""A cluster's traffic over time, and sparklines of many groups, both from few rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.errors import NotFoundError
from monitor.models import Cluster, GroupTopic, Tick
from monitor.series import interval
from monitor.series.arrays import columns_cursor
from monitor.series.gaps import lay_out

# A cluster's rates per bucket, a row a tick.
_RATES = """
    SELECT min(slot_at), max(slot_at), avg(produced_per_second), avg(consumed_per_second)
    FROM monitor_tick
    WHERE cluster_id = %(id)s AND slot_at >= %(start)s AND slot_at < %(end)s AND state = 'DONE'
    GROUP BY date_bin(%(width)s, slot_at, %(start)s) ORDER BY 1
"""

# Lag of some subjects at some ticks, found by the primary key.
_LAGS_AT = """
    SELECT group_topic_id, sampled_at, lag FROM monitor_lag_sample
    WHERE group_topic_id = ANY(%(ids)s) AND sampled_at = ANY(%(times)s) AND lag IS NOT NULL
      AND sampled_at >= %(start)s AND sampled_at < %(end)s
"""


@dataclass(frozen=True)
class ClusterRates:
    """Records per second over all topics, and over all groups; None in gaps."""

    times: list[float]
    produced_per_second: list[float | None]
    consumed_per_second: list[float | None]


def cluster_rates(
    cluster_id: int, *, start: datetime, end: datetime, points: int = 1000
) -> ClusterRates:
    """Raises NotFoundError for an unknown cluster."""
    cluster = Cluster.objects.filter(pk=cluster_id).first()
    if cluster is None:
        raise NotFoundError(f"There is no cluster {cluster_id}.")
    every = interval.of(cluster)
    width = max(every, (end - start) / max(points, 1))
    with columns_cursor() as cursor:
        asked = {"id": cluster_id, "start": start, "end": end, "width": width}
        found = cursor.execute(_RATES, asked).fetchall()
    first = [row[0].timestamp() for row in found]
    last = [row[1].timestamp() for row in found]
    layout = lay_out(first, last, interval_seconds=every.total_seconds())
    produced, consumed = ([row[place] for row in found] for place in (2, 3))
    return ClusterRates(layout.times, layout.spread(produced), layout.spread(consumed))


def lag_sparklines(
    cluster_id: int, group_ids: Sequence[int], *, start: datetime, end: datetime, points: int = 40
) -> dict[int, list[int | None]]:
    """Lag of each group at the same few ticks, for a table's column; None where unknown."""
    # tick_cluster: the slots of one cluster in a range.
    slots = list(
        Tick.objects.filter(
            cluster_id=cluster_id, slot_at__gte=start, slot_at__lt=end, state=Tick.State.DONE
        )
        .order_by("-slot_at")
        .values_list("slot_at", flat=True)
    )
    moments = slots[:: max(1, -(-len(slots) // points))][::-1]
    place = {moment: index for index, moment in enumerate(moments)}
    group_of = dict(GroupTopic.objects.filter(group__in=group_ids).values_list("id", "group_id"))
    lines: dict[int, list[int | None]] = {pk: [None] * len(moments) for pk in group_ids}
    with columns_cursor() as cursor:
        asked = {"ids": list(group_of), "times": moments, "start": start, "end": end}
        for subject, at, lag in cursor.execute(_LAGS_AT, asked):
            line = lines[group_of[subject]]
            line[place[at]] = (line[place[at]] or 0) + lag
    return lines
