"""Clusters, and what the last tick found of them."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.http import HttpRequest
from ninja import Query, Router, Schema

from dashboard.access.roles import VIEW_CLUSTER
from dashboard.api.callers import require
from dashboard.api.parameters import Paging, next_link
from dashboard.queries import clusters as queries
from monitor.errors import NotFoundError
from monitor.series import interval

if TYPE_CHECKING:
    from dashboard.queries.counted import CountedCluster

router = Router(tags=["clusters"])


class ClusterOut(Schema):
    """`not_told` names what this broker does not tell; nulls mean that no tick came so far.

    `adapter` is the client that reads it: `bulk`, or `confluent` where `why_not_bulk` says why.
    `sample_interval_seconds` is in force; it is wider than `asked_interval_seconds` while ticks
    take longer than that, and `interval_since` and `interval_reason` tell of the last change.
    `left_out_groups` and `left_out_topics` are left out by the cluster's patterns.
    Of several `shards`, `sampled_at` is the newest slot in which each of them was done.
    """

    id: int
    name: str
    environment: str
    bootstrap_servers: str
    group_count: int
    broker_count: int | None
    sampled_at: datetime | None
    unreachable_since: datetime | None
    last_error: str
    listing_is_complete: bool | None
    not_told: list[str]
    adapter: str
    why_not_bulk: str
    asked_interval_seconds: int
    sample_interval_seconds: int
    interval_since: datetime | None
    interval_reason: str
    shards: int
    left_out_groups: int | None
    left_out_topics: int | None
    skipped_ticks_last_hour: int

    @classmethod
    def of(cls, cluster: "CountedCluster") -> "ClusterOut":
        state = queries.state_of(cluster)
        return cls(
            id=cluster.pk,
            name=cluster.name,
            environment=cluster.environment,
            bootstrap_servers=cluster.bootstrap_servers,
            group_count=cluster.group_count,
            broker_count=state.broker_count if state else None,
            sampled_at=state.sampled_at if state else None,
            unreachable_since=state.unreachable_since if state else None,
            last_error=state.last_error if state else "",
            listing_is_complete=state.listing_is_complete if state else None,
            not_told=state.not_told if state else [],
            adapter=state.adapter if state else "",
            why_not_bulk=state.why_not_bulk if state else "",
            asked_interval_seconds=int(interval.asked(cluster).total_seconds()),
            sample_interval_seconds=int(interval.of(cluster).total_seconds()),
            interval_since=state.interval_since if state else None,
            interval_reason=state.interval_reason if state else "",
            shards=cluster.shards,
            left_out_groups=state.left_out_groups if state else None,
            left_out_topics=state.left_out_topics if state else None,
            skipped_ticks_last_hour=cluster.skipped_ticks,
        )


class ClusterPage(Schema):
    items: list[ClusterOut]
    next: str | None


@router.get("/clusters", response=ClusterPage)
def list_clusters(request: HttpRequest, paging: Query[Paging]) -> ClusterPage:
    """Enabled clusters by name."""
    require(request, VIEW_CLUSTER)
    page = paging.read(queries.clusters(), queries.BY_NAME)
    items = [ClusterOut.of(cluster) for cluster in page.rows]
    return ClusterPage(items=items, next=next_link(request, page))


@router.get("/clusters/{int:cluster_id}", response=ClusterOut)
def show_cluster(request: HttpRequest, cluster_id: int) -> ClusterOut:
    """One cluster."""
    require(request, VIEW_CLUSTER)
    cluster = queries.cluster(cluster_id)
    if cluster is None:
        raise NotFoundError(f"There is no cluster {cluster_id}.")
    return ClusterOut.of(cluster)
