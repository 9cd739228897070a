"""Claims of a cluster's ticks; how claims work stands in `monitor.ticks`."""

from datetime import timedelta

from monitor import ticks
from monitor.models import Cluster
from monitor.series import interval
from monitor.ticks import Claim, Clock, LeaseLostError, database_time, slot_of

__all__ = ["Claim", "Clock", "LeaseLostError", "claim", "database_time", "due", "slot_of"]

SHORTEST_LEASE = timedelta(seconds=5)


def due() -> list[tuple[int, int]]:
    """Enabled clusters whose present slot nobody has claimed yet: ids and numbers of shards."""
    return ticks.due(Cluster)


def claim(cluster: Cluster, clock: Clock, *, shard: int = 0) -> Claim | None:
    """Claim a shard's present slot. None: another has it, or the last tick still runs (skipped)."""
    lease = max(2 * interval.of(cluster), SHORTEST_LEASE)
    return ticks.claim(cluster, clock, lease=lease, shard=shard)
