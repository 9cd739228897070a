"""The overview's numbers, from the rows that ticks have stored."""

from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Count, Max, Q, QuerySet, Sum

from monitor.models import Cluster, Group, Tick
from monitor.values import Status


class GroupFigures(NamedTuple):
    """Of groups that are there and not abandoned. `lag` sums what is known, in records; it and
    `slowest`, the group with the worst time lag, are None where nothing is.
    """

    groups: int
    groups_not_ok: int
    lag: int | None
    lag_is_at_least: bool
    slowest: Group | None


def group_figures(groups: QuerySet[Group]) -> GroupFigures:
    """Of those that count among `groups`; two queries."""
    counted = groups.filter(gone_at=None).exclude(status=Status.ABANDONED)
    found = counted.aggregate(
        groups=Count("pk"),
        groups_not_ok=Count("pk", filter=~Q(status=Status.OK)),
        lag=Sum("lag"),
        unknown=Max("unknown_partitions"),
    )
    known = counted.filter(time_lag_seconds__isnull=False)
    return GroupFigures(
        groups=found["groups"],
        groups_not_ok=found["groups_not_ok"],
        lag=None if found["lag"] is None else int(found["lag"]),
        lag_is_at_least=bool(found["unknown"]),
        slowest=known.order_by("-time_lag_seconds", "pk").first(),
    )


def figures(cluster: Cluster, slot_at: datetime, shards: int) -> dict[str, Any]:
    """As a live message has them; None is unknown.

    Empty while another shard is not done with the slot: its groups are as they were before.
    """
    # tick_cluster: one slot of one cluster.
    done = Tick.objects.filter(cluster=cluster, slot_at=slot_at, state=Tick.State.DONE)
    rates = list(done.values_list("produced_per_second", "consumed_per_second"))
    if len(rates) < shards:
        return {}
    produced, consumed = (_sum_of_known(column) for column in zip(*rates, strict=True))
    found = group_figures(Group.objects.filter(cluster=cluster))
    slowest = found.slowest
    return {
        "groups": found.groups,
        "groups_not_ok": found.groups_not_ok,
        "lag": found.lag,
        "lag_is_at_least": found.lag_is_at_least,
        "worst_time_lag_seconds": slowest and slowest.time_lag_seconds,
        # Named here, for the message may lack it: it did not change, or too many others did.
        "worst_time_lag_group": slowest and {"id": slowest.pk, "name": slowest.name},
        "produced_per_second": produced,
        "consumed_per_second": consumed,
    }


def _sum_of_known(shares: tuple[float | None, ...]) -> float | None:
    """Unknown where any share is."""
    known = [share for share in shares if share is not None]
    return sum(known) if len(known) == len(shares) else None
