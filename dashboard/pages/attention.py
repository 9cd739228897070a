"""Needs attention: a row a problem, worst first."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboard.queries.groups import GroupFilter, groups, order
from dashboard.queries.trouble import FINE
from monitor.models import Group, GroupTopic, OutboxSource
from monitor.values import Status

SHOWN = 8


@dataclass(frozen=True, slots=True)
class Problem:
    """A group or an outbox that is not OK. `topics` are the group's, worst in lag first."""

    status: Status
    since: datetime | None
    reason: str
    group: Group | None = None
    topics: Sequence[str] = ()
    outbox: OutboxSource | None = None


@dataclass(frozen=True, slots=True)
class Attention:
    problems: Sequence[Problem]
    more_groups: int

    @property
    def summary(self) -> str:
        """2 stop, 1 warn: of the groups that are shown, and how many more there are."""
        counted = Counter(problem.status for problem in self.problems if problem.group)
        told = [f"{number} {status.lower()}" for status, number in counted.items()]
        return ", ".join(told + ([f"{self.more_groups:,} more"] if self.more_groups else []))


def attention(cluster_id: int, outboxes: Sequence[OutboxSource]) -> Attention:
    """Of one cluster, and of the outboxes, which belong to none. Three queries."""
    wanted = [status for status in Status if status not in FINE]
    rows = groups(GroupFilter(statuses=wanted, cluster_id=cluster_id))
    worst = list(order("status", is_descending=True).apply(rows)[:SHOWN])
    topics = _topics(worst)
    problems = [_of_group(group, topics.get(group.pk, [])) for group in worst]
    problems += [_of_outbox(source) for source in outboxes if _needs(source)]
    problems.sort(key=lambda problem: -problem.status.badness)
    return Attention(problems, rows.count() - len(worst))


def _topics(worst: Sequence[Group]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    reads = GroupTopic.objects.filter(group__in=worst, gone_at=None)
    for group_id, name in reads.order_by("topic__name").values_list("group_id", "topic__name"):
        found.setdefault(group_id, []).append(name)
    return found


def _of_group(group: Group, topics: Sequence[str]) -> Problem:
    return Problem(
        status=Status(group.status),
        since=group.status_since,
        reason=group.status_reason,
        group=group,
        topics=topics,
    )


def _of_outbox(source: OutboxSource) -> Problem:
    return Problem(
        status=Status(source.state.status),
        since=source.state.status_since,
        reason=source.state.status_reason,
        outbox=source,
    )


def _needs(source: OutboxSource) -> bool:
    """One that was never sampled is new, not in trouble."""
    return hasattr(source, "state") and source.state.status != Status.OK
