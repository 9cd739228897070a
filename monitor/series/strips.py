"""A group's status over a range as a row of cells, from status changes and ticks alone."""

from collections.abc import Sequence
from datetime import datetime

from monitor.models import Group, StatusChange, Tick
from monitor.values import Status


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
    # tick_cluster: the slots of one cluster in a range.
    slots = Tick.objects.filter(
        cluster_id=cluster_id, slot_at__gte=start, slot_at__lt=end, state=Tick.State.DONE
    ).values_list("slot_at", flat=True)
    return {_cell(slot_at, start, end, cells) for slot_at in slots}


def _cell(moment: datetime, start: datetime, end: datetime, cells: int) -> int:
    return int((moment - start) / (end - start) * cells)


def _worse(one: str | None, other: str) -> str:
    return other if one is None or Status(other).badness > Status(one).badness else one
