"""The table of groups on the overview and on its own page: search, status, sort and page by URL."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.http import QueryDict
from django.utils import timezone

from dashboard.pages.columns import Column, column
from dashboard.pages.frame import STRIP_CELLS
from dashboard.pages.span import Span
from dashboard.queries.groups import SORTS, GroupFilter, groups, order
from monitor.models import Group, Topic
from monitor.series.read import status_strips
from monitor.values import Status

MAX_ID_DIGITS = 18
# Worst and largest first, names from A: what somebody wants who clicks a column the first time.
FIRST_DESCENDING = {"status", "lag", "time_lag", "members"}
COLUMNS = (
    ("status", "Status", ""),
    ("name", "Group", ""),
    ("members", "Members", "num"),
    ("lag", "Lag", "num"),
    ("time_lag", "Time lag", "num"),
)


@dataclass(frozen=True, slots=True)
class GroupTable:
    page: Page[Group]
    strips: dict[int, list[str | None]]
    search: str
    statuses: list[Status]
    topic: Topic | None
    columns: list[Column]
    is_filtered: bool
    all_statuses: list[Status]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the URL asks for; what it cannot ask for falls back to the worst first."""

    search: str
    statuses: list[Status]
    topic_id: int | None
    sort: str
    is_descending: bool
    page: str


def read_asked(parameters: QueryDict) -> Asked:
    sort = parameters.get("sort", "status")
    sort = sort if sort in SORTS else "status"
    default = "desc" if sort in FIRST_DESCENDING else "asc"
    wanted = parameters.getlist("status")
    topic = parameters.get("topic", "")
    return Asked(
        search=parameters.get("q", "").strip(),
        statuses=[status for status in Status if status in wanted],
        topic_id=int(topic) if topic.isdecimal() and len(topic) < MAX_ID_DIGITS else None,
        sort=sort,
        is_descending=parameters.get("dir", default) == "desc",
        page=parameters.get("page", "1"),
    )


def group_table(parameters: QueryDict, *, cluster_id: int, span: Span, per_page: int) -> GroupTable:
    """One page of the cluster's groups with their strips; seven queries.

    Abandoned ones are in it only if their status is asked for.
    """
    asked = read_asked(parameters)
    topic = Topic.objects.filter(cluster_id=cluster_id, pk=asked.topic_id or 0).first()
    wanted = GroupFilter(
        search=asked.search,
        statuses=asked.statuses,
        without=[Status.ABANDONED],
        cluster_id=cluster_id,
        topic_id=topic.pk if topic else None,
    )
    rows = order(asked.sort, is_descending=asked.is_descending).apply(groups(wanted))
    page = Paginator(rows, per_page).get_page(asked.page)
    shown = [group.pk for group in page.object_list]
    return GroupTable(
        page=page,
        strips=status_strips(
            shown,
            start=span.start,
            end=span.end,
            cells=STRIP_CELLS,
            changes_since=timezone.now() - timedelta(days=settings.HIGHWATER_KEEP_HISTORY_DAYS),
        ),
        search=asked.search,
        statuses=asked.statuses,
        topic=topic,
        columns=[
            column(
                key,
                title,
                css,
                sort=asked.sort,
                is_descending=asked.is_descending,
                falls_first=key in FIRST_DESCENDING,
            )
            for key, title, css in COLUMNS
        ],
        all_statuses=sorted(Status, key=lambda status: -status.badness),
        is_filtered=bool(asked.search or asked.statuses or topic),
    )
