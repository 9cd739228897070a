"""A cluster's traffic over time, from a row per tick."""

from dataclasses import dataclass
from datetime import datetime

from monitor.errors import NotFoundError
from monitor.models import Cluster
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
