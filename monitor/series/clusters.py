"""A cluster's traffic over time, from a row per tick, or of long ranges from a row per hour."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.errors import NotFoundError
from monitor.models import Cluster
from monitor.series import interval
from monitor.series.arrays import columns_cursor
from monitor.series.gaps import lay_out

# A cluster's rates by slot, the sums of its shards; unknown where that of one is.
_SLOTS = """
    SELECT slot_at,
           CASE WHEN count(produced_per_second) = max(shards) THEN sum(produced_per_second) END
               AS produced,
           CASE WHEN count(consumed_per_second) = max(shards) THEN sum(consumed_per_second) END
               AS consumed
    FROM monitor_tick
    WHERE cluster_id = %(id)s AND slot_at >= %(start)s AND slot_at < %(end)s AND state = 'DONE'
    GROUP BY slot_at
"""

# Per bucket.
_RATES = f"""
    SELECT min(slot_at), max(slot_at), avg(produced), avg(consumed) FROM ({_SLOTS}) AS slot
    GROUP BY date_bin(%(width)s, slot_at, %(start)s) ORDER BY 1
"""  # noqa: S608 # our own query

# The same from sealed hours, and from the ticks of the hours after them. An hour's means count by
# its samples.
_RATES_BY_HOUR = f"""
    WITH piece AS (
        SELECT first_at, last_at, samples, produced_per_second AS produced,
               consumed_per_second AS consumed
        FROM monitor_cluster_summary
        WHERE cluster_id = %(id)s AND hour > %(start)s::timestamptz - interval '1 hour'
          AND hour < %(end)s AND last_at >= %(start)s AND last_at < %(end)s
        UNION ALL
        SELECT slot_at, slot_at, 1, produced, consumed FROM ({_SLOTS}) AS slot
        WHERE slot_at >= (SELECT coalesce(max(hour) + interval '1 hour', '-infinity')
                          FROM monitor_sealed_hour)
    )
    SELECT min(first_at), max(last_at),
           sum(produced * samples) / sum(samples) FILTER (WHERE produced IS NOT NULL),
           sum(consumed * samples) / sum(samples) FILTER (WHERE consumed IS NOT NULL)
    FROM piece GROUP BY date_bin(%(width)s, last_at, %(start)s) ORDER BY 1
"""  # noqa: S608 # our own query

LONGEST_BY_SAMPLE = timedelta(days=14)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class ClusterRates:
    """Records per second over all topics, and over all groups; None in gaps."""

    times: list[float]
    produced_per_second: list[float | None]
    consumed_per_second: list[float | None]


def slot_rates(
    cluster_id: int, start: datetime, end: datetime
) -> list[tuple[datetime, float | None, float | None]]:
    """Records produced and consumed per second by slot; None is unknown."""
    with columns_cursor() as cursor:
        return cursor.execute(_SLOTS, {"id": cluster_id, "start": start, "end": end}).fetchall()


def cluster_rates(
    cluster_id: int, *, start: datetime, end: datetime, points: int = 1000
) -> ClusterRates:
    """Raises NotFoundError for an unknown cluster."""
    cluster = Cluster.objects.select_related("state").filter(pk=cluster_id).first()
    if cluster is None:
        raise NotFoundError(f"There is no cluster {cluster_id}.")
    width = max(interval.of(cluster), (end - start) / max(points, 1))
    asked = {"id": cluster_id, "start": start, "end": end}
    with columns_cursor() as cursor:
        found = []
        if width < _HOUR and end - start <= LONGEST_BY_SAMPLE:
            found = cursor.execute(_RATES, {**asked, "width": width}).fetchall()
        if not found:  # by the hour anyway, or so long ago that the ticks are gone
            hourly = {**asked, "width": max(width, _HOUR)}
            found = cursor.execute(_RATES_BY_HOUR, hourly).fetchall()
    first = [row[0].timestamp() for row in found]
    last = [row[1].timestamp() for row in found]
    layout = lay_out(first, last, interval_at=interval.over(cluster, start, end).at)
    produced, consumed = ([row[place] for row in found] for place in (2, 3))
    return ClusterRates(layout.times, layout.spread(produced), layout.spread(consumed))
