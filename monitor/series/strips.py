"""A group's status over a range as a row of cells, from status changes and ticks alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from monitor.kafka.names import unescape
from monitor.models import Group, StatusChange
from monitor.shards import Shard
from monitor.values import Status

# One slot of each shard of a cluster in each cell that has any, by the index tick_cluster, and the
# first one of each sealed hour. Cells of an hour or more need no ticks of sealed hours, which are
# many.
_SAMPLED = """
    SELECT shard, shards, min(slot_at) FROM (
        SELECT shard, shards, slot_at FROM monitor_tick
        WHERE cluster_id = %(id)s AND slot_at >= %(start)s AND slot_at < %(end)s AND state = 'DONE'
          AND slot_at >= CASE WHEN %(cell)s < interval '1 hour' THEN '-infinity' ELSE (
              SELECT coalesce(max(hour) + interval '1 hour', '-infinity') FROM monitor_sealed_hour
          ) END
        UNION ALL
        SELECT 0, 1, first_at FROM monitor_cluster_summary
        WHERE cluster_id = %(id)s AND hour > %(start)s::timestamptz - interval '1 hour'
          AND hour < %(end)s AND first_at >= %(start)s AND first_at < %(end)s
    ) AS sampled
    GROUP BY shard, shards, date_bin(%(cell)s, slot_at, %(start)s)
"""


@dataclass(frozen=True, slots=True)
class _Cells:
    """A range cut into cells of one length."""

    start: datetime
    end: datetime
    cells: int

    def cell(self, moment: datetime) -> int:
        return int((moment - self.start) / (self.end - self.start) * self.cells)


def status_strips(
    group_ids: Sequence[int],
    *,
    start: datetime,
    end: datetime,
    cells: int = 72,
    changes_since: datetime | None = None,
) -> dict[int, list[str | None]]:
    """The worst status in each cell; None where the group was not sampled, or unknown.

    Reads a row per change and per tick of the range, never the samples. Changes are kept from
    `changes_since` on; before that the status is not known.
    """
    span = _Cells(start, end, cells)
    groups = list(Group.objects.filter(pk__in=group_ids))
    sampled = _sampled(groups, span)
    changes: dict[int, list[StatusChange]] = {group.pk: [] for group in groups}
    # change_group: the changes of these groups since the start.
    for change in StatusChange.objects.filter(group__in=groups, at__gte=start).order_by("at", "id"):
        if change.group_id is not None:
            changes[change.group_id].append(change)
    return {
        group.pk: [
            status if place in sampled[group.pk] else None
            for place, status in enumerate(
                _strip(group, changes[group.pk], span, max(start, changes_since or start))
            )
        ]
        for group in groups
    }


def _strip(
    group: Group, changes: Sequence[StatusChange], span: _Cells, since: datetime
) -> list[str | None]:
    """Walk the spells of one status each, keeping the worst that touches a cell."""
    strip: list[str | None] = [None] * span.cells
    opens = max(since, group.first_seen_at)
    closes = min(span.end, group.gone_at or span.end)
    bounds = [opens, *(max(opens, change.at) for change in changes), closes]
    statuses = [*(change.before for change in changes), group.status]
    for status, begins, until in zip(statuses, bounds, bounds[1:], strict=False):
        if status and begins < min(until, closes):
            last = span.cell(min(until, closes))
            for place in range(span.cell(begins), min(last, span.cells - 1) + 1):
                strip[place] = _worse(strip[place], status)
    return strip


def _sampled(groups: Sequence[Group], span: _Cells) -> dict[int, set[int]]:
    """By group the cells in which its shard was done; one question a cluster."""
    by_cluster = {one: _sampled_cells(one, span) for one in {group.cluster_id for group in groups}}
    found: dict[int, set[int]] = {}
    for group in groups:
        name = unescape(group.name, is_escaped=group.name_is_escaped)
        shards = by_cluster[group.cluster_id].items()
        found[group.pk] = set().union(*(cells for shard, cells in shards if shard.owns(name)))
    return found


def _sampled_cells(cluster_id: int, span: _Cells) -> dict[Shard, set[int]]:
    asked: dict[str, Any] = {
        "id": cluster_id,
        "start": span.start,
        "end": span.end,
        "cell": (span.end - span.start) / span.cells,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SAMPLED, asked)
        found: dict[Shard, set[int]] = {}
        for number, of, opens in cursor.fetchall():
            found.setdefault(Shard(number, of), set()).add(span.cell(opens))
    return found


def _worse(one: str | None, other: str) -> str:
    return other if one is None or Status(other).badness > Status(one).badness else one
