"""Live messages of a tick: what changed, with the fields that the API gives it."""

from collections.abc import Container, Iterable, Sequence
from datetime import datetime
from heapq import nsmallest
from typing import Any

from monitor.broadcast import LiveMessage
from monitor.kafka.names import escape
from monitor.lag.findings import Findings
from monitor.lag.forecast import drain, flow_of
from monitor.lag.record import Pass
from monitor.lag.verdicts import GroupVerdict, stored_verdict
from monitor.models import Cluster, ClusterState, Group
from monitor.values import LossBy, Status

# An overview message stays small. Pages read their lists anew each minute, and so the groups that
# it has no room for, which are the least bad ones.
MOST_GROUPS = 200

_STATUSES = [status.value for status in Status]


def overview_message(
    cluster: Cluster,
    state: ClusterState,
    done: Pass,
    changed: Sequence[GroupVerdict],
    gone: Sequence[Group],
) -> LiveMessage:
    """The cluster, its figures and the groups that changed.

    Those that are gone by this tick are not in `groups`; their ids are `groups_gone`.
    """
    at, before = state.sampled_at, state.previous_sampled_at
    worst = nsmallest(MOST_GROUPS, changed, key=_by_badness)
    body = {
        "cluster": cluster_body(cluster, state),
        "groups": [group_body(cluster.pk, group, at) for group in worst],
        "groups_gone": [group.pk for group in gone[:MOST_GROUPS]],
        "figures": figures(done),
    }
    return _message(f"overview.{cluster.pk}", at, before, body)


def group_messages(
    cluster: Cluster,
    state: ClusterState,
    done: Pass,
    changed: Sequence[GroupVerdict],
    gone: Sequence[Group],
    *,
    heard: Container[int] | None,
) -> list[LiveMessage]:
    """Each group that changed, and a last message of each that is gone by this tick.

    Of those that are `heard`; None: all.
    """
    at, before = state.sampled_at, state.previous_sampled_at
    listened = [group for group in changed if heard is None or group.id in heard]
    bodies = {group.id: group_body(cluster.pk, group, at) for group in listened}
    topics = topic_bodies(done.findings, done, set(bodies)) if bodies else {}
    return [
        *(
            _message(f"group.{pk}", at, before, {**body, "topics": topics.get(pk, [])})
            for pk, body in bodies.items()
        ),
        *(
            _message(f"group.{group.pk}", at, before, gone_body(group))
            for group in gone
            if heard is None or group.pk in heard
        ),
    ]


def outage_message(cluster: Cluster, state: ClusterState, at: datetime) -> LiveMessage:
    """That the cluster does not answer; nothing is known of its groups."""
    body = {"cluster": cluster_body(cluster, state), "groups": [], "figures": {}}
    return _message(f"overview.{cluster.pk}", at, state.sampled_at, body)


def cluster_body(cluster: Cluster, state: ClusterState) -> dict[str, Any]:
    return {
        "id": cluster.pk,
        "name": cluster.name,
        "sampled_at": state.sampled_at,
        "unreachable_since": state.unreachable_since,
        "last_error": state.last_error,
    }


def group_body(cluster_id: int, group: GroupVerdict, at: datetime | None) -> dict[str, Any]:
    flow = flow_of(group)
    drains = drain(group.lag, flow.produced, flow.consumed)
    return {
        "id": group.id,
        "cluster_id": cluster_id,
        "name": escape(group.name)[0],
        "state": group.state,
        "status": group.status,
        "status_since": group.status_since,
        "status_reason": group.reason,
        "raw_status": group.standing.raw,
        "raw_ticks": group.standing.raw_ticks,
        "last_status": Status(group.last_status) if group.last_status else None,
        "members": group.members,
        "lag": group.lag,
        "lag_is_at_least": group.unknown_partitions > 0,
        "lag_max": group.lag_max,
        "time_lag_seconds": group.time_lag_seconds,
        "partitions": group.partitions,
        "unknown_partitions": group.unknown_partitions,
        "produced_per_second": group.produced_per_second,
        "consumed_per_second": group.consumed_per_second,
        "produced_per_second_15m": group.produced_per_second_15m,
        "consumed_per_second_15m": group.consumed_per_second_15m,
        "drain_seconds": drains.seconds,
        "never_drains": drains.is_never,
        "loss_seconds": group.loss_seconds,
        "loss_by": LossBy(group.loss_by) if group.loss_by else None,
        "sampled_at": at,
        "gone_at": None,
    }


def gone_body(group: Group) -> dict[str, Any]:
    """The last that is heard of a group: what was last known of it, and since when it is gone."""
    body = group_body(group.cluster_id, stored_verdict(group), group.sampled_at)
    return {**body, "gone_at": group.gone_at, "topics": []}


def figures(done: Pass) -> dict[str, Any]:
    """The overview's numbers, of the groups that are not abandoned; None is unknown."""
    found = done.findings.groups
    groups = [group for group in found if group.status is not Status.ABANDONED]
    worst = _slowest(groups)
    return {
        "groups": len(groups),
        "groups_not_ok": sum(group.status is not Status.OK for group in groups),
        "lag": _most(sum, (group.lag for group in groups)),
        "lag_is_at_least": any(group.unknown_partitions for group in groups),
        "worst_time_lag_seconds": worst and worst.time_lag_seconds,
        # Named here, for `groups` may lack it: it did not change, or too many others did.
        "worst_time_lag_group": worst and {"id": worst.id, "name": escape(worst.name)[0]},
        "produced_per_second": done.produced_per_second,
        "consumed_per_second": done.findings.consumed_per_second,
    }


def topic_bodies(findings: Findings, done: Pass, wanted: set[int]) -> dict[int, list[Any]]:
    """Per group what it reads, arrays by partition; None is unknown or not the group's."""
    dense = findings.dense(done.listed.partitions)
    edges = done.ends.edges.at(dense.positions)
    columns = {
        "committed": _or_none(dense.spread(findings.committed, -1)),
        "log_end": _or_none(edges.log_end),
        "flags": dense.spread(findings.rows.flags, 0).tolist(),
        "time_lag_seconds": _or_none(dense.spread(findings.rows.time_lag_seconds, float("nan"))),
        "statuses": [
            None if place < 0 else _STATUSES[place]
            for place in dense.spread(findings.rows.status, -1).tolist()
        ],
    }
    bodies: dict[int, list[Any]] = {}
    reads = zip(findings.reads.group.tolist(), findings.reads.topic_ids.tolist(), strict=True)
    for place, (group, topic_id) in enumerate(reads):
        pk = findings.groups[group].id
        if pk in wanted:
            own = slice(int(dense.starts[place]), int(dense.starts[place + 1]))
            body = {"topic_id": topic_id, **{name: one[own] for name, one in columns.items()}}
            bodies.setdefault(pk, []).append(body)
    return bodies


def _message(
    topic: str, at: datetime | None, before: datetime | None, body: dict[str, Any]
) -> LiveMessage:
    assert at is not None  # noqa: S101 # a tick was stored, so it has its time
    return LiveMessage(topic, topic, at, before, body)


def _or_none(column: Any) -> list[Any]:
    return [value if value >= 0 else None for value in column.tolist()]


def _by_badness(group: GroupVerdict) -> tuple[int, int]:
    return -group.status.badness, -(group.lag or 0)


def _slowest(groups: Sequence[GroupVerdict]) -> GroupVerdict | None:
    known = [group for group in groups if group.time_lag_seconds is not None]
    return max(known, key=lambda group: (group.time_lag_seconds or 0.0, -group.id), default=None)


def _most(how: Any, values: Iterable[float | None]) -> Any:
    known = [value for value in values if value is not None]
    return how(known) if known else None
