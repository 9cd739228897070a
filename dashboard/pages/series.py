"""What charts draw, as JSON beside each page."""

from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dashboard.access import roles
from dashboard.pages.span import Span, read_span
from dashboard.queries.changes import status_changes
from monitor.errors import NotFoundError
from monitor.models import Group, Replay, Topic
from monitor.series.read import backlog_series, group_series

MOST_NOTES = 50


@require_safe
@never_cache
@permission_required(roles.VIEW_GROUP, raise_exception=True)
def of_group(request: HttpRequest, group_id: int) -> JsonResponse:
    """Lag, time lag and rates of a group over the page's range, with what happened in it."""
    span = _span(request)
    try:
        found = group_series(group_id, start=span.start, end=span.end)
    except NotFoundError as problem:
        return JsonResponse({"error": str(problem)}, status=404)
    names = dict(Topic.objects.filter(pk__in=found.topics).values_list("id", "name"))
    body = asdict(found)
    body["topics"] = [
        {"id": topic_id, "name": names[topic_id], "lag": lags}
        for topic_id, lags in sorted(found.topics.items(), key=lambda item: names[item[0]])
    ]
    return JsonResponse({**_reach(span), **body, "notes": _notes(group_id, span)})


@require_safe
@never_cache
@permission_required(roles.VIEW_OUTBOX, raise_exception=True)
def of_outbox(request: HttpRequest, source_id: int) -> JsonResponse:
    """Depth, age and rates of an outbox over the page's range."""
    span = _span(request)
    try:
        found = backlog_series(source_id, start=span.start, end=span.end)
    except NotFoundError as problem:
        return JsonResponse({"error": str(problem)}, status=404)
    return JsonResponse({**_reach(span), **asdict(found), "notes": []})


def _span(request: HttpRequest) -> Span:
    return read_span(request.GET.dict(), timezone.now(), settings.HIGHWATER_KEEP_SUMMARIES_DAYS)


def _reach(span: Span) -> dict[str, Any]:
    return {
        "start": span.start.timestamp(),
        "end": span.end.timestamp(),
        "is_moving": bool(span.name),
    }


def _notes(group_id: int, span: Span) -> list[dict[str, Any]]:
    """Status changes and replays in the range, for lines in the charts."""
    changes = status_changes(group_id=group_id, start=span.start, end=span.end)
    notes = [
        {"at": change.at.timestamp(), "kind": change.after, "text": change.after.lower()}
        for change in changes[:MOST_NOTES]
    ]
    group = Group.objects.get(pk=group_id)
    replays = Replay.objects.filter(
        cluster_id=group.cluster_id,
        group_name=group.name,
        started_at__gte=span.start,
        started_at__lt=span.end,
    )
    return notes + [
        {
            "at": replay.started_at.timestamp(),
            "kind": "replay",
            "text": f"{replay.verb} {replay.pk} by {replay.run_by}",
            "url": reverse("replay", args=[replay.pk]),
        }
        for replay in replays[:MOST_NOTES]
        if replay.started_at is not None
    ]
