"""Which partitions are a group's in this tick, and what was read of them."""

from collections.abc import Iterable, Sequence

import numpy as np

from monitor.kafka.codes import MISSING, NOT_LISTED
from monitor.kafka.ports import CommitColumns, Int16s, Int64s, PartitionIndex
from monitor.lag.memory import ClusterMemory
from monitor.lag.observe import Listed
from monitor.lag.rows import (
    Places,
    Reads,
    Rows,
    combine,
    keys,
    number_of,
    pairs,
    read_of,
    starts_of,
)


def all_names(listed: Listed, memory: ClusterMemory) -> tuple[str, ...]:
    """The listed groups, then those that the listing lacks: unknown, unless they are gone by it.

    What makes a group gone stands in `monitor.lag.presence`. One that is left out by its name goes
    at once: no listing could tell anything of it.
    """
    roster, present = memory.roster, set(listed.names)
    gone = roster.gone_groups
    if listed.groups.is_complete:
        gone = gone | roster.missing_groups
    known = (name for name, group in roster.groups.items() if group.id not in gone)
    absent = (name for name in known if name not in present and listed.keeps_group(name))
    return (*listed.names, *sorted(absent))


def group_codes(names: Sequence[str], commits: CommitColumns, listed: Listed) -> Int16s:
    """Why nothing is known of a group's commits, or 0."""
    absent = len(names) - len(commits.group_error)
    code = MISSING if listed.groups.is_complete else NOT_LISTED
    return np.concatenate((commits.group_error, np.full(absent, code, dtype=np.int16)))


def gather(
    names: Sequence[str],
    codes: Int16s,
    commits: CommitColumns,
    partitions: PartitionIndex,
    memory: ClusterMemory,
) -> Rows:
    """Commits, what is assigned to members, and what unreadable groups had before."""
    unreadable = {names[group]: group for group in np.flatnonzero(codes).tolist()}
    return combine(
        commits,
        codes,
        _assigned(names, partitions, memory),
        _remembered(unreadable, partitions, memory),
    )


def arrange(
    names: Sequence[str], rows: Rows, partitions: PartitionIndex, memory: ClusterMemory
) -> tuple[Int64s, Int64s, Reads]:
    """Keys, the order that makes them rise, and whose rows are whose.

    What a group reads for the first time gets its id here.
    """
    groups, topics, pair_of_row = pairs(rows, partitions)
    roster = memory.roster
    group_ids = [roster.groups[names[group]].id for group in groups.tolist()]
    topic_ids = [roster.topics[partitions.topics[topic]] for topic in topics.tolist()]
    wanted = list(zip(group_ids, topic_ids, strict=True))
    roster.ensure_reads(wanted)
    ids = np.array([roster.reads[pair] for pair in wanted], dtype=np.int64)
    key = keys(ids[pair_of_row], partitions.number_of[rows.position])
    order, by_id = np.argsort(key), np.argsort(ids)
    key = key[order]
    reads = Reads(
        ids=ids[by_id],
        group=groups[by_id],
        topic=topics[by_id],
        topic_ids=np.array(topic_ids, dtype=np.int64)[by_id],
        starts=starts_of(read_of(key)),
    )
    return key, order, reads


def _assigned(names: Sequence[str], partitions: PartitionIndex, memory: ClusterMemory) -> Places:
    found: list[tuple[int, Int64s]] = []
    for group, name in enumerate(names):
        membership = memory.memberships.get(name)
        for member in (membership.members if membership else None) or ():
            for topic, numbers in member.assignment.items():
                found.append((group, _positions(topic, numbers, partitions)))
    return _places(found)


def _remembered(
    unreadable: dict[str, int], partitions: PartitionIndex, memory: ClusterMemory
) -> Places:
    """Their partitions of the last tick, found by the windows' keys."""
    roster = memory.roster
    group_of = {roster.groups[name].id: group for name, group in unreadable.items()}
    name_of_topic = {topic_id: name for name, topic_id in roster.topics.items()}
    old = read_of(memory.windows.keys)
    found = []
    for (group_id, topic_id), read in roster.reads.items():
        if group_id in group_of and read not in roster.gone_reads:
            low, high = np.searchsorted(old, [read, read + 1])
            numbers = number_of(memory.windows.keys[low:high]).tolist()
            positions = _positions(name_of_topic[topic_id], numbers, partitions)
            found.append((group_of[group_id], positions))
    return _places(found)


def _positions(topic: str, numbers: Iterable[int], partitions: PartitionIndex) -> Int64s:
    index = partitions.topic_index.get(topic)
    if index is None:
        return np.empty(0, dtype=np.int64)
    wanted = np.array(list(numbers), dtype=np.int64)
    inside: Int64s = wanted[wanted < partitions.counts[index]] + partitions.first[index]
    return inside


def _places(found: Sequence[tuple[int, Int64s]]) -> Places:
    nothing = np.empty(0, dtype=np.int64)
    return Places(
        np.repeat([group for group, _ in found], [len(some) for _, some in found]).astype(np.int64),
        np.concatenate([nothing, *(some for _, some in found)]),
    )
