"""Replays: their list, and one with its partitions and audit trail."""

from django.db.models import Q, QuerySet

from dashboard.queries.keyset import Order, is_storable
from monitor.kafka.names import escape
from monitor.models import AuditEntry, Group, Replay

NEWEST_FIRST = Order("id", int, is_descending=True)


def replays(
    *,
    states: tuple[str, ...] = (),
    verb: str | None = None,
    cluster_id: int | None = None,
    group_name: str | None = None,
) -> QuerySet[Replay]:
    """Replays with their cluster, newest first; one query."""
    condition = Q()
    if states:
        condition &= Q(state__in=states)
    if verb:
        condition &= Q(verb=verb)
    if cluster_id is not None:
        condition &= Q(cluster_id=cluster_id)
    if group_name is not None:
        condition &= Q(group_name=group_name) if is_storable(group_name) else Q(pk__in=())
    return Replay.objects.filter(condition).select_related("cluster").order_by("-id")


def replay(replay_id: int) -> Replay | None:
    """One replay with its cluster and partitions; two queries."""
    return replays().prefetch_related("partitions").filter(pk=replay_id).first()


def audit_trail(replay_id: int) -> QuerySet[AuditEntry]:
    """Who did what to the replay, oldest first; one query."""
    return AuditEntry.objects.filter(replay_id=replay_id).order_by("at", "id")


def group_of(replay: Replay) -> Group | None:
    """The group that a rewind moves, where sampling knows it; one query."""
    stored, _ = escape(replay.group_name)
    return Group.objects.filter(cluster_id=replay.cluster_id, name=stored).first()
