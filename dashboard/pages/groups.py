"""All groups of a cluster, and one group."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.views.decorators.http import require_safe

from dashboard.access import roles
from dashboard.pages.abandoned import abandoned
from dashboard.pages.columns import Column, column
from dashboard.pages.frame import frame_for, show
from dashboard.pages.group_table import group_table
from dashboard.queries.changes import status_changes
from dashboard.queries.group_detail import GroupDetail, PartitionRow, group_detail
from dashboard.queries.groups import group as find_group
from dashboard.words import count
from monitor.values import ReadingFlag, Status

GROUPS_A_PAGE = 50
PARTITIONS_A_PAGE = 100
HUNG_SHOWN = 10
CHANGES_SHOWN = 20
NO_MEMBER = "No member held it when members were last read."
MEMBERS_NOT_TOLD = "This broker does not tell the members of a group."

Key = Callable[[PartitionRow], Any]
# Unknown sorts below every known value.
PARTITION_SORTS: dict[str, tuple[str, str, Key]] = {
    "partition": ("Partition", "", lambda row: (row.topic, row.partition)),
    "committed": ("Committed", "num", lambda row: _low(row.committed)),
    "end": ("Log end", "num", lambda row: _low(row.log_end)),
    "start": ("Log start", "num", lambda row: _low(row.log_start)),
    "lag": ("Lag", "num", lambda row: _low(row.lag)),
    "time_lag": ("Time lag", "num", lambda row: _low(row.time_lag_seconds)),
    "member": ("Member", "", lambda row: row.client_id or ""),
    "host": ("Host", "", lambda row: row.host or ""),
    "status": ("Status", "", lambda row: Status(row.status).badness if row.status else -1),
}
FLAG_REASONS = {
    ReadingFlag.NO_COMMIT: "The group has committed nothing here.",
    ReadingFlag.LOST: "The commit lies before the log's start: records were deleted unread.",
    ReadingFlag.TRUNCATED: (
        "The commit lies beyond the log's end: the topic was recreated or cut, "
        "or this broker tells its end late."
    ),
    ReadingFlag.UNREADABLE: "The broker did not tell this partition's offsets.",
    ReadingFlag.FORBIDDEN: "Highwater's account may not describe the topic.",
    ReadingFlag.LEADERLESS: "No broker leads it: those that hold it are down.",
    ReadingFlag.TRANSACTION_OPEN: "An open transaction holds back what consumers may read.",
    ReadingFlag.TRANSACTION_HUNG: "It seems to hang: it is older than producers let one become.",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A partition with what is odd about it, in words."""

    row: PartitionRow
    reason: str

    @property
    def is_hung(self) -> bool:
        return ReadingFlag.TRANSACTION_HUNG in self.row.flags

    @property
    def may_wait(self) -> bool:
        """Whether there may be a record at the commit."""
        return self.row.committed is not None and self.row.lag != 0


@dataclass(frozen=True, slots=True)
class PartitionTable:
    page: Page[Shown]
    hung: list[Shown]
    headings: list[Column]
    has_topics: bool


@require_safe
@permission_required(roles.VIEW_GROUP, raise_exception=True)
def groups(request: HttpRequest) -> HttpResponse:
    frame = frame_for(request)
    if frame.cluster is None:
        return show(request, "no_cluster", frame, {"page": "groups"})
    table = group_table(
        request.GET, cluster_id=frame.cluster.pk, span=frame.span, per_page=GROUPS_A_PAGE
    )
    context = {
        "page": "groups",
        "table": table,
        "abandoned": abandoned(frame.cluster.pk, table),
    }
    return show(request, "groups", frame, context)


@require_safe
@permission_required(roles.VIEW_GROUP, raise_exception=True)
def group(request: HttpRequest, group_id: int) -> HttpResponse:
    found = find_group(group_id)
    if found is None:
        raise Http404(f"There is no group {group_id}.")
    detail = group_detail(found)
    frame = frame_for(request, found.cluster)
    not_told = frame.state.not_told if frame.state else ()
    tells_members = "members" not in not_told
    context = {
        "page": "groups",
        "group": found,
        "detail": detail,
        "table": partition_table(request.GET, detail),
        "changes": status_changes(group_id=found.pk)[:CHANGES_SHOWN],
        "may_plan": request.user.has_perm(roles.PLAN_REPLAY),
        "may_acknowledge": request.user.has_perm(roles.ACKNOWLEDGE_LOSS),
        "tells_members": tells_members,
        "tells_log_sizes": "log_sizes" not in not_told,
        "no_member": NO_MEMBER if tells_members else MEMBERS_NOT_TOLD,
    }
    return show(request, "group", frame, context)


def partition_table(parameters: QueryDict, detail: GroupDetail) -> PartitionTable:
    """The partitions as the URL sorts them; by topic and number where it does not."""
    sort = parameters.get("psort", "partition")
    sort = sort if sort in PARTITION_SORTS else "partition"
    is_descending = parameters.get("pdir", "asc") == "desc"
    rows = [Shown(row, _reason(row)) for topic in detail.topics for row in topic.partitions]
    key = PARTITION_SORTS[sort][2]
    rows.sort(key=lambda shown: key(shown.row), reverse=is_descending)
    return PartitionTable(
        page=Paginator(rows, PARTITIONS_A_PAGE).get_page(parameters.get("ppage", "1")),
        hung=[shown for shown in rows if shown.is_hung][:HUNG_SHOWN],
        headings=[
            column(
                name,
                title,
                css,
                sort=sort,
                is_descending=is_descending,
                falls_first=css == "num",
            )
            for name, (title, css, _) in PARTITION_SORTS.items()
        ],
        has_topics=len(detail.topics) > 1,
    )


def _reason(row: PartitionRow) -> str:
    told = [sentence for flag, sentence in FLAG_REASONS.items() if flag in row.flags]
    if row.acknowledged_to is not None:
        told.append(f"An operator knows of those before {count(row.acknowledged_to)}.")
    return " ".join(told)


def _low(value: float | None) -> tuple[bool, float]:
    return (value is not None, value or 0)
