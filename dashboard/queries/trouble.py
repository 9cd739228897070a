"""How many groups are not OK: now in each cluster, and over time."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Count

from monitor.models import Group, StatusChange
from monitor.values import Status

FINE = (Status.OK, Status.ABANDONED)


def not_ok_by_cluster() -> dict[int, int]:
    """Present groups that are neither OK nor abandoned, by cluster; one query."""
    rows = Group.objects.filter(gone_at=None).exclude(status__in=FINE)
    counted = rows.values_list("cluster_id").annotate(Count("id")).order_by()
    return dict(counted)


def not_ok_over(
    cluster_id: int, now_not_ok: int, *, start: datetime, end: datetime, cells: int
) -> list[float]:
    """The count at the end of each slice of the range, from the present one back; one query.

    A group that was new at a change counts from there on. Reads a row per change, never samples.
    """
    changes = StatusChange.objects.filter(cluster_id=cluster_id, at__gte=start)
    turns = changes.exclude(group=None).order_by("-at", "-id").values_list("at", "before", "after")
    return _walk_back(list(turns), now_not_ok, start=start, end=end, cells=cells)


def _walk_back(
    turns: Sequence[tuple[datetime, str, str]],
    count: int,
    *,
    start: datetime,
    end: datetime,
    cells: int,
) -> list[float]:
    width = (end - start) / cells
    counts: list[float] = []
    waiting = list(turns)
    for cell in range(cells, 0, -1):
        while waiting and waiting[0][0] >= start + width * cell:
            _, before, after = waiting.pop(0)
            count += _is_trouble(before) - _is_trouble(after)
        counts.append(max(0, count))
    return counts[::-1]


def _is_trouble(status: str) -> int:
    return int(status not in ("", *FINE))
