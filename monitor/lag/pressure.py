"""Back-pressure: a cluster whose ticks take longer than its interval is sampled less often."""

import logging

from django.conf import settings

from monitor.lag.claim import Claim
from monitor.lag.widening import CALM_TICKS, reason, widened
from monitor.models import Cluster, ClusterState, Tick
from monitor.series import interval

log = logging.getLogger(__name__)


def keep_pace(cluster: Cluster, claimed: Claim) -> None:
    """Widen or narrow the cluster's interval by how long its last ticks took.

    The next tick writes the change down, like any other change of the interval.
    """
    interval.note(cluster, claimed.slot_at)
    asked = int(interval.asked(cluster).total_seconds())
    present = int(interval.of(cluster).total_seconds())
    took = _took(cluster)
    after = widened(asked, present, took, settings.HIGHWATER_MOST_INTERVAL)
    if after == present:
        return
    why = reason(took[0] if after > present else max(took), present, after)
    ClusterState.objects.filter(cluster=cluster).update(
        widened_to_seconds=after if after > asked else None,
        interval_since=claimed.slot_at,
        interval_reason=why,
    )
    log.warning(
        "a cluster is sampled at another interval", extra={"cluster": cluster.name, "why": why}
    )


def _took(cluster: Cluster) -> list[float]:
    """Seconds of the last ticks that were done, the newest first."""
    # tick_cluster: the newest slots of one cluster.
    done = Tick.objects.filter(cluster=cluster, state=Tick.State.DONE).order_by("-slot_at")
    steps = done.values_list("read_seconds", "judge_seconds", "store_seconds", "broadcast_seconds")
    return [sum(step or 0.0 for step in row) for row in steps[:CALM_TICKS]]
