"""All outboxes, and one outbox."""

from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from dashboard.access import roles
from dashboard.pages.frame import STALE_TICKS, frame_for, show
from dashboard.queries.changes import status_changes
from dashboard.queries.outboxes import outbox as find_outbox
from dashboard.queries.outboxes import outboxes as all_outboxes
from dashboard.queries.outboxes import state_of
from monitor.series import interval

CHANGES_SHOWN = 20
# One fewer than a socket takes: the cluster is followed too. The rest is read anew each minute.
MOST_FOLLOWED = 31


@require_safe
@permission_required(roles.VIEW_OUTBOX, raise_exception=True)
def outboxes(request: HttpRequest) -> HttpResponse:
    sources = [(source, state_of(source)) for source in all_outboxes()]
    sampled = [state.sampled_at for _, state in sources if state and state.sampled_at]
    context = {
        "page": "outboxes",
        "sources": sources,
        "followed": sources[:MOST_FOLLOWED],
        "newest": max(sampled, default=None),
    }
    return show(request, "outboxes", frame_for(request), context)


@require_safe
@permission_required(roles.VIEW_OUTBOX, raise_exception=True)
def outbox(request: HttpRequest, source_id: int) -> HttpResponse:
    source = find_outbox(source_id)
    if source is None:
        raise Http404(f"There is no outbox {source_id}.")
    state = state_of(source)
    context = {
        "page": "outboxes",
        "source": source,
        "state": state,
        "by_type": sorted(state.by_type.items(), key=lambda item: -item[1]) if state else [],
        "stale_after_seconds": STALE_TICKS * interval.of(source).total_seconds(),
        "changes": status_changes(source_id=source.pk)[:CHANGES_SHOWN],
    }
    return show(request, "outbox", frame_for(request), context)
