"""Back-pressure: a cluster whose ticks take longer than its interval is sampled less often."""

import logging
from functools import reduce
from operator import add

from django.conf import settings
from django.db.models import F, Max
from django.db.models.functions import Coalesce

from monitor.lag.claim import Claim
from monitor.lag.widening import CALM_TICKS, reason, widened
from monitor.models import Cluster, ClusterState, Tick
from monitor.series import interval

_STEPS = ("read_seconds", "judge_seconds", "store_seconds", "broadcast_seconds")
_TOOK = reduce(add, (Coalesce(F(step), 0.0) for step in _STEPS))

log = logging.getLogger(__name__)


def keep_pace(cluster: Cluster, claimed: Claim) -> None:
    """Widen or narrow the cluster's interval by how long its last ticks took.

    The next tick writes the change down, like any other change of the interval.
    """
    interval.note(cluster, claimed.slot_at)
    asked = int(interval.asked(cluster).total_seconds())
    present = int(interval.of(cluster).total_seconds())
    took = _took(claimed)
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


def _took(claimed: Claim) -> list[float]:
    """Seconds of the claimed slot and of those before it, the newest first, each by its slowest
    shard.

    Not of later ones: there the quick shards are done while a slow one still has this slot.
    """
    # tick_cluster: the newest slots of one cluster.
    done = Tick.objects.filter(
        cluster_id=claimed.subject.pk, slot_at__lte=claimed.slot_at, state=Tick.State.DONE
    )
    slots = done.values("slot_at").annotate(took=Max(_TOOK)).order_by("-slot_at")
    return [took or 0.0 for took in slots.values_list("took", flat=True)[:CALM_TICKS]]
