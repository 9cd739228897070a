"""Changes of status: what happened, newest first."""

from datetime import datetime

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from dashboard.access.roles import VIEW_CHANGES
from dashboard.api.callers import require
from dashboard.api.parameters import Moment, Paging, invalid, next_link
from dashboard.queries import changes as queries
from monitor.models import StatusChange

router = Router(tags=["status changes"])


class ChangeOut(Schema):
    """The status of a cluster, group or outbox turned; ids that do not concern it are null."""

    id: int
    at: datetime
    cluster_id: int | None
    group_id: int | None
    outbox_id: int | None
    name: str
    before: str
    after: str
    reason: str

    @classmethod
    def of(cls, change: StatusChange) -> "ChangeOut":
        subject = change.group or change.source or change.cluster
        return cls(
            id=change.pk,
            at=change.at,
            cluster_id=change.cluster_id,
            group_id=change.group_id,
            outbox_id=change.source_id,
            name=subject.name if subject else "",
            before=change.before,
            after=change.after,
            reason=change.reason,
        )


class ChangePage(Schema):
    items: list[ChangeOut]
    next: str | None


class ChangeFilterIn(Schema):
    """Which changes; the range is open on a side that is not given."""

    cluster_id: int | None = None
    group_id: int | None = None
    outbox_id: int | None = None
    start: Moment | None = Field(None, alias="from")
    end: Moment | None = Field(None, alias="to")


@router.get("/status-changes", response=ChangePage)
def list_changes(
    request: HttpRequest, wanted: Query[ChangeFilterIn], paging: Query[Paging]
) -> ChangePage:
    """Changes of status, newest first."""
    require(request, VIEW_CHANGES)
    if wanted.start and wanted.end and wanted.start > wanted.end:
        raise invalid("from", "`from` must not be after `to`")
    rows = queries.status_changes(
        cluster_id=wanted.cluster_id,
        group_id=wanted.group_id,
        source_id=wanted.outbox_id,
        start=wanted.start,
        end=wanted.end,
    )
    page = paging.read(rows, queries.NEWEST_FIRST)
    items = [ChangeOut.of(change) for change in page.rows]
    return ChangePage(items=items, next=next_link(request, page))
