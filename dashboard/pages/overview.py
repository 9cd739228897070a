"""The overview: what is wrong, in five seconds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from dashboard.access import roles
from dashboard.pages.attention import attention
from dashboard.pages.frame import Frame, frame_for, show
from dashboard.pages.group_table import group_table
from dashboard.pages.span import Span
from dashboard.queries.changes import status_changes
from dashboard.queries.outboxes import outboxes, state_of
from dashboard.queries.overview import Figures, figures
from dashboard.queries.trouble import not_ok_over
from monitor.models import Cluster, OutboxSource
from monitor.series.read import backlog_series, cluster_rates, group_series

GROUPS_A_PAGE = 12
CHANGES_SHOWN = 10
SPARK_POINTS = 30


@dataclass(frozen=True, slots=True)
class Sparks:
    """The small lines beside the figures, over the page's range."""

    not_ok: Sequence[float | None]
    time_lag: Sequence[float | None]
    oldest: Sequence[float | None]
    produced: Sequence[float | None]
    produced_now: float | None
    consumed_now: float | None


@require_safe
@permission_required(roles.VIEW_GROUP, raise_exception=True)
def overview(request: HttpRequest) -> HttpResponse:
    frame = frame_for(request)
    if frame.cluster is None:
        return show(request, "no_cluster", frame, {"page": "overview"})
    return show(request, "overview", frame, _context(request, frame, frame.cluster))


def _context(request: HttpRequest, frame: Frame, cluster: Cluster) -> dict[str, object]:
    found = figures(cluster.pk)
    may_see_outboxes = request.user.has_perm(roles.VIEW_OUTBOX)
    if not may_see_outboxes:
        found = replace(found, oldest_outbox=None)
    sources = list(outboxes()) if may_see_outboxes else []
    changes = status_changes(cluster_id=cluster.pk)
    return {
        "page": "overview",
        "figures": found,
        "sparks": _sparks(cluster, found, frame.span),
        "attention": attention(cluster.pk, sources),
        "outbox_count": len(sources),
        "waits_unknown": any(_waits_unknown(source) for source in sources),
        "table": group_table(
            request.GET, cluster_id=cluster.pk, span=frame.span, per_page=GROUPS_A_PAGE
        ),
        "changes": changes[:CHANGES_SHOWN],
    }


def _waits_unknown(source: OutboxSource) -> bool:
    """Whether rows may wait there without our knowing."""
    state = state_of(source)
    if state is None or state.unreachable_since is not None:
        return True
    return state.oldest_age_seconds is None


def _sparks(cluster: Cluster, found: Figures, span: Span) -> Sparks:
    slow, old = found.worst_time_lag, found.oldest_outbox
    reach = {"start": span.start, "end": span.end}
    rates = cluster_rates(cluster.pk, points=SPARK_POINTS, **reach)
    return Sparks(
        not_ok=not_ok_over(cluster.pk, found.groups_not_ok, cells=SPARK_POINTS, **reach),
        time_lag=group_series(slow.id, points=SPARK_POINTS, **reach).time_lag_seconds
        if slow
        else (),
        oldest=backlog_series(old.id, points=SPARK_POINTS, **reach).oldest_age_seconds
        if old
        else (),
        produced=rates.produced_per_second,
        produced_now=_last(rates.produced_per_second),
        consumed_now=_last(rates.consumed_per_second),
    )


def _last(values: Sequence[float | None]) -> float | None:
    return next((value for value in reversed(values) if value is not None), None)
