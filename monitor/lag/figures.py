"""The overview's numbers of a cluster, from the rows that its shards have stored."""

from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Q, Sum

from monitor.models import Cluster, Group, Tick
from monitor.values import Status


def figures(cluster: Cluster, slot_at: datetime, shards: int) -> dict[str, Any]:
    """Of the groups that are there and not abandoned; None is unknown.

    Empty while another shard is not done with the slot: its groups are as they were before.
    """
    # tick_cluster: one slot of one cluster.
    done = Tick.objects.filter(cluster=cluster, slot_at=slot_at, state=Tick.State.DONE)
    rates = list(done.values_list("produced_per_second", "consumed_per_second"))
    if len(rates) < shards:
        return {}
    produced, consumed = (_sum_of_known(column) for column in zip(*rates, strict=True))
    return {
        **_of_groups(cluster),
        "produced_per_second": produced,
        "consumed_per_second": consumed,
    }


def _of_groups(cluster: Cluster) -> dict[str, Any]:
    groups = Group.objects.filter(cluster=cluster, gone_at=None).exclude(status=Status.ABANDONED)
    found = groups.aggregate(
        groups=Count("pk"),
        groups_not_ok=Count("pk", filter=~Q(status=Status.OK)),
        lag=Sum("lag"),
        unknown=Max("unknown_partitions"),
    )
    known = groups.filter(time_lag_seconds__isnull=False)
    # Of several the one that pages name, too.
    worst = known.order_by("-time_lag_seconds", "pk").first()
    return {
        "groups": found["groups"],
        "groups_not_ok": found["groups_not_ok"],
        "lag": None if found["lag"] is None else int(found["lag"]),
        "lag_is_at_least": bool(found["unknown"]),
        "worst_time_lag_seconds": worst and worst.time_lag_seconds,
        # Named here, for the message may lack it: it did not change, or too many others did.
        "worst_time_lag_group": worst and {"id": worst.pk, "name": worst.name},
    }


def _sum_of_known(shares: tuple[float | None, ...]) -> float | None:
    """Unknown where any share is."""
    known = [share for share in shares if share is not None]
    return sum(known) if len(known) == len(shares) else None
