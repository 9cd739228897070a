"""Groups that nobody uses: a list of their own below the others."""

from dataclasses import dataclass

from dashboard.pages.group_table import GroupTable
from dashboard.queries.groups import GroupFilter, groups
from monitor.models import Group
from monitor.values import Status

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Abandoned:
    """The ones unused for longest; `total` counts all that match."""

    groups: list[Group]
    total: int

    @property
    def more(self) -> int:
        return self.total - len(self.groups)


def abandoned(cluster_id: int, table: GroupTable) -> Abandoned:
    """Those that match the table's search and topic, unless it asks for statuses. Two queries."""
    if table.statuses:
        return Abandoned([], 0)
    rows = groups(
        GroupFilter(
            search=table.search,
            statuses=[Status.ABANDONED],
            cluster_id=cluster_id,
            topic_id=table.topic.pk if table.topic else None,
        )
    )
    return Abandoned(list(rows.order_by("used_at", "id")[:SHOWN]), rows.count())
