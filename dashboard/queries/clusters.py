"""Clusters with what sampling found of them."""

from typing import TYPE_CHECKING

from django.db.models import Count, Q, QuerySet

from dashboard.queries.keyset import Order
from monitor.models import Cluster, ClusterState

if TYPE_CHECKING:
    from dashboard.queries.counted import CountedCluster

BY_NAME = Order("name", str)


def clusters() -> "QuerySet[CountedCluster]":
    """Enabled clusters by name, each with its state and `group_count`, its present groups.

    One query. A cluster that was never sampled has no state; `state_of` copes with that.
    """
    present = Count("groups", filter=Q(groups__gone_at=None))
    rows = Cluster.objects.filter(is_enabled=True).select_related("state")
    return rows.annotate(group_count=present).order_by("name")


def cluster(cluster_id: int) -> "CountedCluster | None":
    """One enabled cluster; one query."""
    return clusters().filter(pk=cluster_id).first()


def state_of(cluster: Cluster) -> ClusterState | None:
    """What sampling found of the cluster, or null before its first tick."""
    return getattr(cluster, "state", None)
