"""What happened: changes of status, newest first."""

from datetime import datetime

from django.db.models import Q, QuerySet

from dashboard.queries.keyset import Order
from monitor.models import StatusChange

NEWEST_FIRST = Order("at", datetime, is_descending=True)


def status_changes(
    *,
    cluster_id: int | None = None,
    group_id: int | None = None,
    source_id: int | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
) -> QuerySet[StatusChange]:
    """Changes with their subjects from `start` up to `end`, newest first; one query."""
    subjects = {"cluster_id": cluster_id, "group_id": group_id, "source_id": source_id}
    condition = Q(**{name: value for name, value in subjects.items() if value is not None})
    if start:
        condition &= Q(at__gte=start)
    if end:
        condition &= Q(at__lte=end)
    rows = StatusChange.objects.filter(condition).select_related("cluster", "group", "source")
    return NEWEST_FIRST.apply(rows)
