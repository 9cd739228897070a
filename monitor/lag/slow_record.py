"""Storing what slower ticks read."""

from collections.abc import Mapping

from django.utils import timezone

from monitor.kafka.names import escape, indexable
from monitor.kafka.ports import Member, TopicDetail
from monitor.lag.memory import ClusterMemory
from monitor.lag.slow import SlowReadings
from monitor.models import Group, GroupMember, Topic


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
    now = timezone.now()
    Group.objects.bulk_update(
        [
            Group(
                pk=pk,
                assignor=escape(found.assignor)[0][:100],
                coordinator=found.coordinator[:200],
                members_read_at=now if found.members is not None else None,
            )
            for pk, found in ids.items()
        ],
        ["assignor", "coordinator", "members_read_at"],
    )


def store_details(details: Mapping[str, TopicDetail], memory: ClusterMemory) -> None:
    ids = memory.roster.topics
    Topic.objects.bulk_update(
        [
            Topic(
                pk=ids[name],
                kafka_topic_id=detail.kafka_topic_id,
                cleanup_policy=detail.cleanup_policy[:50],
                retention_ms=detail.retention_ms,
                retention_bytes=detail.retention_bytes,
            )
            for name, detail in details.items()
            if name in ids
        ],
        ["kafka_topic_id", "cleanup_policy", "retention_ms", "retention_bytes"],
    )


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
