"""What changes seldom and is read on slower ticks: members, topics' ids and configuration."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from monitor.kafka.ports import ClusterReader, Membership, PartitionIndex, TopicDetail
from monitor.lag.memory import ClusterMemory
from monitor.lag.observe import INTERNAL_PREFIX, Listed, Renew

MEMBERS_SECONDS = 30.0
STARTS_SECONDS = 30.0
DETAILS_SECONDS = 300.0
GROUPS_A_TICK = 500
GROUPS_A_LEASE = 200
TOPICS_A_TICK = 200


@dataclass(frozen=True, slots=True)
class SlowReadings:
    """What this tick read anew, by the names that Kafka knows; `emptied` lost their members."""

    memberships: Mapping[str, Membership] = field(default_factory=dict)
    details: Mapping[str, TopicDetail] = field(default_factory=dict)
    emptied: frozenset[str] = frozenset()


def read_slowly(
    reader: ClusterReader, listed: Listed, memory: ClusterMemory, renew: Renew
) -> SlowReadings:
    """Read what is due, a bounded share of it, and remember it.

    The lease is renewed on the way: a tick that a silent coordinator made lose it would forget what
    it had read, find all of it due again, and so would every tick after it.
    """
    described = _described(reader, _groups_due(listed, memory), renew)
    memory.memberships.update(described)
    emptied = _forget_members_of_the_empty(listed, memory)
    names = [name for name in listed.partitions.topics if not name.startswith(INTERNAL_PREFIX)]
    due = _oldest(names, "topic", memory, DETAILS_SECONDS, TOPICS_A_TICK)
    details = reader.topic_details(due) if due else {}
    memory.details.update(details)
    renew()
    if memory.is_due("timestamps", DETAILS_SECONDS):
        memory.tells_timestamps = _tells_timestamps(reader, listed.partitions, memory)
        renew()
    if memory.is_due("log starts", STARTS_SECONDS):
        memory.log_starts = {}
    return SlowReadings(described, details, emptied)


def not_told(listed: Listed, memory: ClusterMemory, *, has_stable_ends: bool) -> list[str]:
    """Codes of what this broker keeps to itself, as `ClusterState.not_told` names them."""
    groups, details = listed.groups.groups, memory.details.values()
    missing = {
        "group_state": bool(groups) and not any(group.state for group in groups),
        "members": any(one.members is None for one in memory.memberships.values()),
        "configs": bool(details) and not any(one.has_configs for one in details),
        "topic_ids": bool(details) and not any(one.kafka_topic_id for one in details),
        "timestamps": memory.tells_timestamps is False,
        "transactions": not has_stable_ends,
    }
    return [code for code, is_missing in missing.items() if is_missing]


def member_count(name: str, has_members: bool | None, memory: ClusterMemory) -> int | None:
    """Members by the listing where it says none, else as last described; None is not told."""
    if has_members is False:
        return 0
    found = memory.memberships.get(name)
    return len(found.members) if found and found.members else None


def _described(reader: ClusterReader, names: Sequence[str], renew: Renew) -> dict[str, Membership]:
    found: dict[str, Membership] = {}
    for start in range(0, len(names), GROUPS_A_LEASE):
        found.update(reader.memberships(names[start : start + GROUPS_A_LEASE]))
        renew()
    return found


def _groups_due(listed: Listed, memory: ClusterMemory) -> list[str]:
    """Groups whose state turned, at once; the others when it has been long, oldest first."""
    states = {group.name: group.state for group in listed.groups.groups}
    turned = [name for name in listed.names if memory.states.get(name) != states[name]]
    memory.states = states
    for name in turned:
        memory.read_at.pop(("group", name), None)
    return _oldest(listed.names, "group", memory, MEMBERS_SECONDS, GROUPS_A_TICK)


def _oldest(
    names: Iterable[str], kind: str, memory: ClusterMemory, every_seconds: float, most: int
) -> list[str]:
    now = time.monotonic()
    read_at = {name: memory.read_at.get((kind, name), float("-inf")) for name in names}
    due = [name for name, at in read_at.items() if now - at >= every_seconds]
    chosen = sorted(due, key=read_at.__getitem__)[:most]
    memory.read_at.update(dict.fromkeys([(kind, name) for name in chosen], now))
    return chosen


def _forget_members_of_the_empty(listed: Listed, memory: ClusterMemory) -> frozenset[str]:
    emptied = set()
    for group in listed.groups.groups:
        found = memory.memberships.get(group.name)
        if found and found.members and group.has_members is False:
            memory.memberships[group.name] = replace(found, members=())
            emptied.add(group.name)
    return frozenset(emptied)


def _tells_timestamps(
    reader: ClusterReader, partitions: PartitionIndex, memory: ClusterMemory
) -> bool | None:
    """Asked of a partition that holds records; an empty one tells nothing."""
    for topic, topic_id in memory.roster.topics.items():
        ends = memory.log_ends.get(topic_id)
        if ends is not None and len(ends) and ends[0] > 0 and topic in partitions.topic_index:
            return reader.tells_timestamps(topic, 0)
    memory.read_at.pop(("timestamps", ""), None)  # nothing to ask yet: try again next tick
    return None
