"""Live messages of a tick: what changed, with the fields that the API gives it."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import nsmallest
from typing import Any

from monitor.broadcast import LiveMessage
from monitor.kafka.names import escape
from monitor.lag.figures import figures
from monitor.lag.findings import Findings
from monitor.lag.forecast import drain, flow_of
from monitor.lag.record import Pass
from monitor.lag.verdicts import GroupVerdict, stored_verdict
from monitor.models import Cluster, ClusterState, Group
from monitor.shards import Shard
from monitor.values import LossBy, Status

# An overview message stays small. Pages read their lists anew each minute, and so the groups that
# it has no room for, which are the least bad ones.
MOST_GROUPS = 200

_STATUSES = [status.value for status in Status]


@dataclass(frozen=True, slots=True)
class Beat:
    """A tick of a shard as messages tell it: its slot, and that of the shard's tick before."""

    cluster: Cluster
    shard: Shard
    at: datetime
    previous_at: datetime | None

    def of_cluster(self, body: Mapping[str, Any]) -> LiveMessage:
        """Each shard has a message of its own, so none takes another's place."""
        topic = f"overview.{self.cluster.pk}"
        return LiveMessage(topic, f"{topic}.{self.shard.number}", self.at, self.previous_at, body)

    def of_group(self, pk: int, body: Mapping[str, Any]) -> LiveMessage:
        return LiveMessage(f"group.{pk}", f"group.{pk}", self.at, self.previous_at, body)


def overview_message(
    beat: Beat, state: ClusterState, changed: Sequence[GroupVerdict], gone: Sequence[Group]
) -> LiveMessage:
    """The cluster, its figures and the groups that changed.

    Those that are gone by this tick are not in `groups`; their ids are `groups_gone`.
    """
    worst = nsmallest(MOST_GROUPS, changed, key=_by_badness)
    body = {
        "cluster": cluster_body(beat.cluster, state),
        "groups": [group_body(beat.cluster.pk, group, beat.at) for group in worst],
        "groups_gone": [group.pk for group in gone[:MOST_GROUPS]],
        "figures": figures(beat.cluster, beat.at, beat.shard.of),
    }
    return beat.of_cluster(body)


def group_messages(
    beat: Beat,
    done: Pass,
    changed: Sequence[GroupVerdict],
    gone: Sequence[Group],
    *,
    heard: Container[int] | None,
) -> list[LiveMessage]:
    """Each group that changed, and a last message of each that is gone by this tick.

    Of those that are `heard`; None: all.
    """
    listened = [group for group in changed if heard is None or group.id in heard]
    bodies = {group.id: group_body(beat.cluster.pk, group, beat.at) for group in listened}
    topics = topic_bodies(done.findings, done, set(bodies)) if bodies else {}
    return [
        *(beat.of_group(pk, {**body, "topics": topics.get(pk, [])}) for pk, body in bodies.items()),
        *(
            beat.of_group(group.pk, gone_body(group))
            for group in gone
            if heard is None or group.pk in heard
        ),
    ]


def outage_message(beat: Beat, state: ClusterState) -> LiveMessage:
    """That the cluster does not answer; nothing is known of its groups."""
    body = {"cluster": cluster_body(beat.cluster, state), "groups": [], "figures": {}}
    return beat.of_cluster(body)


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
        "lost_records": group.lost_records,
        "loss_seconds": group.loss_seconds,
        "loss_by": LossBy(group.loss_by) if group.loss_by else None,
        "sampled_at": at,
        "gone_at": None,
    }


def gone_body(group: Group) -> dict[str, Any]:
    """The last that is heard of a group: what was last known of it, and since when it is gone."""
    body = group_body(group.cluster_id, stored_verdict(group), group.sampled_at)
    return {**body, "gone_at": group.gone_at, "topics": []}


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


def _or_none(column: Any) -> list[Any]:
    return [value if value >= 0 else None for value in column.tolist()]


def _by_badness(group: GroupVerdict) -> tuple[int, int]:
    return -group.status.badness, -(group.lag or 0)
