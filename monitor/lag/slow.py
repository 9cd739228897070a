"""What changes seldom and is read on slower ticks: members, topics' ids and configuration."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from monitor.kafka.codes import CLUSTER_DENIED, NO_SUCH_CALL, UNSUPPORTED_VERSION
from monitor.kafka.ports import ClusterReader, Int16s, Membership, PartitionIndex, TopicDetail
from monitor.lag.memory import ClusterMemory
from monitor.lag.observe import INTERNAL_PREFIX, Listed, Renew

MEMBERS_SECONDS = 30.0
STARTS_SECONDS = 30.0
DETAILS_SECONDS = 300.0
SIZES_SECONDS = 30.0
GROUPS_A_TICK = 500
GROUPS_A_LEASE = 200
TOPICS_A_TICK = 200
_REFUSALS = [CLUSTER_DENIED, NO_SUCH_CALL, UNSUPPORTED_VERSION]


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
    topics, owns = memory.roster.topics, memory.roster.shard.owns
    told = [name for name in listed.partitions.topics if name not in listed.withheld]
    watched = (name for name in told if owns(name) or name in topics)
    names = [name for name in watched if not name.startswith(INTERNAL_PREFIX)]
    due = _oldest(names, "topic", memory, DETAILS_SECONDS, TOPICS_A_TICK)
    details = reader.topic_details(due) if due else {}
    memory.details.update(details)
    renew()
    if memory.is_due("timestamps", DETAILS_SECONDS):
        memory.tells_timestamps = _tells_timestamps(reader, told, memory)
        renew()
    if memory.is_due("log starts", STARTS_SECONDS):
        memory.log_starts = {}
    _read_log_sizes(reader, listed.partitions, memory)
    renew()
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
        "log_sizes": memory.log_sizes.is_told is False,
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
    reader: ClusterReader, topics: Iterable[str], memory: ClusterMemory
) -> bool | None:
    """Asked of a partition that holds records; an empty one tells nothing."""
    for topic in topics:
        ends = memory.log_ends.get(memory.roster.topics.get(topic, 0))
        if ends is not None and len(ends) and ends[0] > 0:
            return reader.tells_timestamps(topic, 0)
    memory.read_at.pop(("timestamps", ""), None)  # nothing to ask yet: try again next tick
    return None


def _read_log_sizes(
    reader: ClusterReader, partitions: PartitionIndex, memory: ClusterMemory
) -> None:
    """Of topics that delete by size only. Their starts are read anew in this tick, to fit."""
    limited = [
        name
        for name, detail in memory.details.items()
        if detail.kept_bytes is not None and name in partitions.topic_index
    ]
    if not limited:
        memory.log_sizes.is_told = None
        return
    due = _oldest(limited, "log size", memory, SIZES_SECONDS, TOPICS_A_TICK)
    if not due:
        return
    first, topics = partitions.first, [partitions.topic_index[name] for name in due]
    own = [np.arange(first[topic], first[topic + 1]) for topic in topics]
    found = reader.log_sizes(np.concatenate(own), partitions)
    cuts = np.cumsum([len(some) for some in own])[:-1]
    for name, size_bytes in zip(due, np.split(found.size_bytes, cuts), strict=True):
        memory.log_sizes.note(name, size_bytes)
        memory.log_starts.pop(name, None)
    memory.log_sizes.is_told = _are_told(found.error, memory.log_sizes.is_told)


def _are_told(error: Int16s, before: bool | None) -> bool | None:
    """Who is only silent, or elsewhere by now, has refused nothing."""
    if (error == 0).any():
        return True
    return False if np.isin(error, _REFUSALS).any() else before
