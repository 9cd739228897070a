"""Clusters with what sampling found of them."""

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Now

from dashboard.queries.keyset import Order
from monitor.models import Cluster, ClusterState, Tick

if TYPE_CHECKING:
    from dashboard.queries.counted import CountedCluster

BY_NAME = Order("name", str)


def clusters() -> "QuerySet[CountedCluster]":
    """Enabled clusters by name, each with its state, `group_count`, its present groups, and
    `skipped_ticks`, of the last hour.

    One query. A cluster that was never sampled has no state; `state_of` copes with that.
    """
    present = Count("groups", filter=Q(groups__gone_at=None))
    rows = Cluster.objects.filter(is_enabled=True).select_related("state")
    counted = rows.annotate(group_count=present, skipped_ticks=_skipped())
    return counted.order_by("name")


def _skipped() -> Coalesce:
    # tick_cluster: the slots of one cluster since then.
    since = Now() - timedelta(hours=1)
    skipped = Tick.objects.filter(
        cluster=OuterRef("pk"), state=Tick.State.SKIPPED, slot_at__gte=since
    )
    counts = (
        skipped.order_by()
        .values("cluster")
        .annotate(ticks=Count("slot_at", distinct=True))
        .values("ticks")
    )
    return Coalesce(Subquery(counts, output_field=IntegerField()), 0)


def cluster(cluster_id: int) -> "CountedCluster | None":
    """One enabled cluster; one query."""
    return clusters().filter(pk=cluster_id).first()


def state_of(cluster: Cluster) -> ClusterState | None:
    """What sampling found of the cluster, or null before its first tick."""
    return getattr(cluster, "state", None)
