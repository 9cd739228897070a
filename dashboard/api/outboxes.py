"""Outboxes: the backlog now, and over time."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema

from dashboard.access.roles import VIEW_OUTBOX
from dashboard.api.callers import require
from dashboard.api.parameters import Paging, Range, next_link
from dashboard.queries import outboxes as queries
from monitor.errors import NotFoundError
from monitor.models import OutboxSource, OutboxState
from monitor.series.read import backlog_series

router = Router(tags=["outboxes"])


class OutboxOut(Schema):
    """An outbox as of its last sample; the fields of its live message.

    `depth` counts pending rows: exactly, or as an estimate where `depth_is_exact` is false.
    `oldest_age_seconds` is 0 where none waits.
    """

    id: int
    name: str
    status: str
    status_since: datetime | None
    status_reason: str
    depth: int | None
    depth_is_exact: bool
    oldest_age_seconds: float | None
    failed: int | None
    inserted_per_second: float | None
    published_per_second: float | None
    by_type: dict[str, Any]
    sampled_at: datetime | None
    unreachable_since: datetime | None
    last_error: str

    @classmethod
    def of(cls, source: OutboxSource) -> "OutboxOut":
        state = queries.state_of(source) or OutboxState(source=source)
        return cls(
            id=source.pk,
            name=source.name,
            status=state.status,
            status_since=state.status_since,
            status_reason=state.status_reason,
            depth=state.depth,
            depth_is_exact=state.depth_is_exact,
            oldest_age_seconds=state.oldest_age_seconds,
            failed=state.failed,
            inserted_per_second=state.inserted_per_second,
            published_per_second=state.published_per_second,
            by_type=state.by_type,
            sampled_at=state.sampled_at,
            unreachable_since=state.unreachable_since,
            last_error=state.last_error,
        )


class OutboxPage(Schema):
    items: list[OutboxOut]
    next: str | None


class BacklogOut(Schema):
    """Lists of the same length; a null is a gap or unknown. `times` are epoch seconds.

    An age is 0 where nothing waited.
    """

    times: list[float]
    depth: list[int | None]
    oldest_age_seconds: list[float | None]
    inserted_per_second: list[float | None]
    published_per_second: list[float | None]
    failed: list[int | None]


@router.get("/outboxes", response=OutboxPage)
def list_outboxes(request: HttpRequest, paging: Query[Paging]) -> OutboxPage:
    """Enabled outboxes by name."""
    require(request, VIEW_OUTBOX)
    page = paging.read(queries.outboxes(), queries.BY_NAME)
    items = [OutboxOut.of(source) for source in page.rows]
    return OutboxPage(items=items, next=next_link(request, page))


@router.get("/outboxes/{int:outbox_id}", response=OutboxOut)
def show_outbox(request: HttpRequest, outbox_id: int) -> OutboxOut:
    """One outbox."""
    require(request, VIEW_OUTBOX)
    return OutboxOut.of(_outbox(outbox_id))


@router.get("/outboxes/{int:outbox_id}/backlog", response=BacklogOut)
def show_backlog(request: HttpRequest, outbox_id: int, asked: Query[Range]) -> BacklogOut:
    """The outbox's depth, oldest age and rates over a range."""
    require(request, VIEW_OUTBOX)
    span = asked.span()
    source = _outbox(outbox_id)
    series = backlog_series(source.pk, start=span.start, end=span.end, points=asked.points)
    return BacklogOut.from_orm(series)


def _outbox(outbox_id: int) -> OutboxSource:
    source = queries.outbox(outbox_id)
    if source is None:
        raise NotFoundError(f"There is no outbox {outbox_id}.")
    return source
