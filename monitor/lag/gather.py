"""Which partitions are a group's in this tick, and what was read of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

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
from monitor.models import GroupTopic
from monitor.partition_records import unpacked


def all_names(listed: Listed, memory: ClusterMemory) -> tuple[str, ...]:
    """The listed groups, then those that the listing lacks: unknown, unless they are gone by it.

    What makes a group gone stands in `monitor.lag.presence`. One that is left out by its name goes
    at once: no listing could tell anything of it.
    """
    roster, present = memory.roster, set(listed.names)
    gone = roster.gone_groups
    if listed.groups.is_complete:
        withheld = {roster.groups[name].id for name in listed.withheld_groups}
        gone = gone | (roster.missing_groups - withheld)
    known = (name for name, group in roster.groups.items() if group.id not in gone)
    absent = (name for name in known if name not in present and listed.keeps_group(name))
    return (*listed.names, *sorted(absent))


def group_codes(names: Sequence[str], commits: CommitColumns, listed: Listed) -> Int16s:
    """Why nothing is known of a group's commits, or 0."""
    absent = names[len(commits.group_error) :]
    code = MISSING if listed.groups.is_complete else NOT_LISTED
    codes = [listed.withheld_groups.get(name, code) for name in absent]
    return np.concatenate((commits.group_error, np.array(codes, dtype=np.int16)))


def gather(
    names: Sequence[str],
    codes: Int16s,
    commits: CommitColumns,
    listed: Listed,
    memory: ClusterMemory,
) -> Rows:
    """Commits, what is assigned to members, and what was read before of what is unreadable now:
    all that such groups read, and the topics that are withheld.
    """
    partitions = listed.partitions
    rows = combine(
        commits,
        codes,
        _assigned(names, partitions, memory),
        _remembered(names, codes, listed, memory),
    )
    if not listed.withheld:
        return rows
    of_topic = np.array([listed.withheld.get(name, 0) for name in partitions.topics], np.int16)
    of_row = of_topic[partitions.topic_of[rows.position]]
    return replace(rows, code=np.where(rows.code != 0, rows.code, of_row))


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
    names: Sequence[str], codes: Int16s, listed: Listed, memory: ClusterMemory
) -> Places:
    """Their partitions of the last tick, found by the windows' keys, else as last stored."""
    roster = memory.roster
    unreadable = {roster.groups[names[group]].id for group in np.flatnonzero(codes).tolist()}
    withheld = {roster.topics[name] for name in listed.withheld}
    if not unreadable and not withheld:
        return _places([])
    group_of = {roster.groups[name].id: group for group, name in enumerate(names)}
    reads = {
        read: pair
        for pair, read in roster.reads.items()
        if (pair[0] in unreadable or pair[1] in withheld)
        and pair[0] in group_of
        and read not in roster.gone_reads
    }
    name_of_topic = {topic_id: name for name, topic_id in roster.topics.items()}
    return _places(
        [
            (group_of[group_id], _positions(name_of_topic[topic_id], some, listed.partitions))
            for (group_id, topic_id), some in _numbers_before(reads, memory)
        ]
    )


def _numbers_before(
    reads: Mapping[int, tuple[int, int]], memory: ClusterMemory
) -> Iterator[tuple[tuple[int, int], Sequence[int]]]:
    """After a long silence windows hold nothing, and what cannot be read does not fill them."""
    keys_before = memory.windows.keys
    edges = np.searchsorted(read_of(keys_before), [[read, read + 1] for read in reads])
    unseen = []
    for (read, pair), (low, high) in zip(reads.items(), edges.tolist(), strict=True):
        if low < high:
            yield pair, number_of(keys_before[low:high]).tolist()
        else:
            unseen.append(read)
    stored = GroupTopic.objects.filter(pk__in=unseen).values_list("pk", "partitions")
    for read, records in stored if unseen else ():
        yield reads[read], [n for n, one in enumerate(unpacked(records)) if one.is_read]


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
