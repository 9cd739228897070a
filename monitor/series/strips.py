"""A group's status over a range as a row of cells, from status changes and ticks alone."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from monitor.models import Group, StatusChange
from monitor.values import Status

# One slot of a cluster in each cell that has any, by the index tick_cluster.
_SAMPLED = """
    SELECT min(slot_at) FROM monitor_tick
    WHERE cluster_id = %(id)s AND slot_at >= %(start)s AND slot_at < %(end)s AND state = 'DONE'
    GROUP BY date_bin(%(cell)s, slot_at, %(start)s)
"""


def status_strips(
    group_ids: Sequence[int], *, start: datetime, end: datetime, cells: int = 72
) -> dict[int, list[str | None]]:
    """The worst status in each cell; None where the cluster was not sampled or the group unknown.

    Reads a row per change and per tick of the range, never the samples.
    """
    groups = list(Group.objects.filter(pk__in=group_ids))
    sampled = {
        cluster: _sampled_cells(cluster, start, end, cells)
        for cluster in {group.cluster_id for group in groups}
    }
    changes: dict[int, list[StatusChange]] = {group.pk: [] for group in groups}
    # change_group: the changes of these groups since the start.
    for change in StatusChange.objects.filter(group__in=groups, at__gte=start).order_by("at", "id"):
        if change.group_id is not None:
            changes[change.group_id].append(change)
    return {
        group.pk: [
            status if place in sampled[group.cluster_id] else None
            for place, status in enumerate(_strip(group, changes[group.pk], start, end, cells))
        ]
        for group in groups
    }


def _strip(
    group: Group, changes: Sequence[StatusChange], start: datetime, end: datetime, cells: int
) -> list[str | None]:
    """Walk the spells of one status each, keeping the worst that touches a cell."""
    strip: list[str | None] = [None] * cells
    opens = max(start, group.first_seen_at)
    closes = min(end, group.gone_at or end)
    bounds = [opens, *(max(opens, change.at) for change in changes), closes]
    statuses = [*(change.before for change in changes), group.status]
    for status, since, until in zip(statuses, bounds, bounds[1:], strict=False):
        if status and since < min(until, closes):
            last = _cell(min(until, closes), start, end, cells)
            for place in range(_cell(since, start, end, cells), min(last, cells - 1) + 1):
                strip[place] = _worse(strip[place], status)
    return strip


def _sampled_cells(cluster_id: int, start: datetime, end: datetime, cells: int) -> set[int]:
    asked: dict[str, Any] = {
        "id": cluster_id,
        "start": start,
        "end": end,
        "cell": (end - start) / cells,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SAMPLED, asked)
        return {_cell(opens, start, end, cells) for (opens,) in cursor.fetchall()}


def _cell(moment: datetime, start: datetime, end: datetime, cells: int) -> int:
    return int((moment - start) / (end - start) * cells)


def _worse(one: str | None, other: str) -> str:
    return other if one is None or Status(other).badness > Status(one).badness else one
