"""Lists of consumer groups: searched, filtered, sorted."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Case, Q, QuerySet, Value, When

from dashboard.queries.keyset import Order, is_storable
from monitor.models import Group
from monitor.values import Status


@dataclass(frozen=True, slots=True)
class GroupFilter:
    """Which groups: `name` whole and exact, `search` a part in any case; no status means all.

    But for `without`, which has no say where a status is asked for.
    """

    name: str | None = None
    search: str = ""
    statuses: Collection[Status] = ()
    without: Collection[Status] = ()
    cluster_id: int | None = None
    topic_id: int | None = None
    include_gone: bool = False


ORDERS = {
    "name": Order("name", str),
    "lag": Order("lag", int, has_nulls=True),
    "time_lag": Order("time_lag_seconds", float, has_nulls=True),
    "status": Order("badness", int),
    "members": Order("member_count", int, has_nulls=True),
}
SORTS = tuple(ORDERS)


def order(sort: str, *, is_descending: bool = False) -> Order:
    """The order of a sort key; raises KeyError for one that is not in SORTS."""
    chosen = ORDERS[sort]
    return Order(chosen.key, chosen.kind, is_descending, chosen.has_nulls)


def groups(wanted: GroupFilter) -> QuerySet[Group]:
    """The groups of enabled clusters as asked, unordered, each with its cluster; one query.

    Order them by `order(...).apply(...)`, page them by `read_page` or a Paginator.
    """
    rows = Group.objects.select_related("cluster").annotate(badness=_badness())
    if not is_storable(wanted.search) or not is_storable(wanted.name or ""):
        return rows.none()
    return rows.filter(_condition(wanted))


def group(group_id: int) -> Group | None:
    """One group with its cluster and that cluster's state, gone or not; one query."""
    return Group.objects.select_related("cluster__state").filter(pk=group_id).first()


def _condition(wanted: GroupFilter) -> Q:
    condition = Q(cluster__is_enabled=True)
    if wanted.name is not None:
        condition &= Q(name=wanted.name)
    if wanted.search:
        condition &= Q(name__icontains=wanted.search)
    if wanted.statuses:
        condition &= Q(status__in=list(wanted.statuses))
    elif wanted.without:
        condition &= ~Q(status__in=list(wanted.without))
    if wanted.cluster_id is not None:
        condition &= Q(cluster_id=wanted.cluster_id)
    if wanted.topic_id is not None:
        condition &= Q(topics__topic_id=wanted.topic_id, topics__gone_at=None)
    if not wanted.include_gone:
        condition &= Q(gone_at=None)
    return condition


def _badness() -> Case:
    return Case(
        *(When(status=status, then=Value(status.badness)) for status in Status),
        default=Value(Status.UNKNOWN.badness),
    )
