"""The figures that answer "is anything wrong?" at a glance."""

from dataclasses import dataclass

from django.db.models import F

from monitor.lag.figures import group_figures
from monitor.models import Group, OutboxState


@dataclass(frozen=True, slots=True)
class Worst:
    """The thing that fares worst, and how badly in seconds."""

    id: int
    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Figures:
    """A null means that nothing is known, or that there is nothing to know of.

    Abandoned groups are counted neither among the groups that are not OK nor in the total.
    """

    groups_total: int
    groups_not_ok: int
    worst_time_lag: Worst | None
    oldest_outbox: Worst | None


def figures(cluster_id: int | None = None) -> Figures:
    """Of one cluster, or of all enabled ones; outboxes belong to no cluster. Three queries."""
    groups = Group.objects.filter(cluster__is_enabled=True)
    if cluster_id is not None:
        groups = groups.filter(cluster_id=cluster_id)
    found = group_figures(groups)
    return Figures(
        groups_total=found.groups,
        groups_not_ok=found.groups_not_ok,
        worst_time_lag=_worst(found.slowest),
        oldest_outbox=_oldest_outbox(),
    )


def _worst(slowest: Group | None) -> Worst | None:
    if slowest is None or slowest.time_lag_seconds is None:
        return None
    return Worst(slowest.pk, slowest.name, slowest.time_lag_seconds)


def _oldest_outbox() -> Worst | None:
    states = OutboxState.objects.filter(source__is_enabled=True).select_related("source")
    state = states.order_by(F("oldest_age_seconds").desc(nulls_last=True), "source_id").first()
    if state is None or state.oldest_age_seconds is None:
        return None
    return Worst(state.source_id, state.source.name, state.oldest_age_seconds)
