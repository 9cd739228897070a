"""Storing what slower ticks read."""

from collections.abc import Mapping

import numpy as np
from django.utils import timezone

from monitor.kafka.names import escape, indexable
from monitor.kafka.ports import Member, Membership, TopicDetail
from monitor.lag.memory import ClusterMemory
from monitor.lag.slow import SlowReadings
from monitor.models import GroupMember, Topic
from monitor.series import copyformat as wire
from monitor.series.store import update


def store_memberships(slow: SlowReadings, memory: ClusterMemory) -> None:
    """Members anew for the groups that were described, none for those that lost theirs."""
    groups = memory.roster.groups
    emptied = {groups[name].id for name in slow.emptied if name in groups}
    ids = {groups[name].id: found for name, found in slow.memberships.items() if name in groups}
    GroupMember.objects.filter(group__in=emptied | ids.keys()).delete()
    GroupMember.objects.bulk_create(
        [
            _row(pk, member)
            for pk, found in ids.items()
            if pk not in emptied
            for member in found.members or ()
        ],
        # The client cuts ids at NUL: two members may seem to be one, which must not stop the tick.
        ignore_conflicts=True,
    )
    _update_groups(ids)


def store_details(details: Mapping[str, TopicDetail], memory: ClusterMemory) -> None:
    ids = memory.roster.topics
    Topic.objects.bulk_update(
        [
            Topic(
                pk=ids[name],
                cleanup_policy=detail.cleanup_policy[:50],
                retention_ms=detail.retention_ms,
                retention_bytes=detail.retention_bytes,
                is_tiered=detail.is_tiered,
            )
            for name, detail in details.items()
            if name in ids and memory.roster.shard.owns(name)
        ],
        ["cleanup_policy", "retention_ms", "retention_bytes", "is_tiered"],
    )


def _update_groups(found: Mapping[int, Membership]) -> None:
    now = wire.timestamptz(timezone.now())
    columns = {
        "assignor": [wire.text(escape(one.assignor)[0][:100]) for one in found.values()],
        "coordinator": [wire.text(one.coordinator[:200]) for one in found.values()],
        "members_read_at": [
            now if one.members is not None else wire.NULL for one in found.values()
        ],
    }
    ids = np.array(list(found), dtype=np.int64)
    update("monitor_group", wire.numbers(ids, "int8"), columns)


def _row(group_id: int, member: Member) -> GroupMember:
    """All of it is chosen by clients, so hostile bytes: one would refuse the whole tick."""
    return GroupMember(
        group_id=group_id,
        member_id=indexable(member.member_id),
        instance_id=escape(member.instance_id)[0],
        client_id=escape(member.client_id)[0],
        host=escape(member.host)[0],
        assignment={escape(topic)[0]: list(some) for topic, some in member.assignment.items()},
    )
