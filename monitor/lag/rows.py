"""One row per group and partition: from commits, assignments and what was read before. Pure."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from monitor.kafka.ports import UNKNOWN, CommitColumns, Int16s, Int64s, PartitionIndex

# Kafka numbers partitions with 32 bits; nobody comes near a million in one topic.
PARTITION_BITS = 20


@dataclass(frozen=True, slots=True)
class Places:
    """Partitions of groups: `group` indexes the tick's names, `position` the catalogue."""

    group: Int64s
    position: Int64s


@dataclass(frozen=True, slots=True)
class Rows:
    """A row a partition of a group. `code` is why its commit could not be read, or 0."""

    group: Int64s
    position: Int64s
    committed: Int64s
    code: Int16s

    def at(self, order: Int64s) -> "Rows":
        return Rows(
            self.group[order], self.position[order], self.committed[order], self.code[order]
        )


@dataclass(frozen=True, slots=True)
class Reads:
    """One per group and topic, by rising id: row `starts[i]` up to `starts[i + 1]` are its.

    `group` indexes the tick's names, `topic` the catalogue's topics.
    """

    ids: Int64s
    group: Int64s
    topic: Int64s
    topic_ids: Int64s
    starts: Int64s


def combine(
    commits: CommitColumns, group_codes: Int16s, assigned: Places, remembered: Places
) -> Rows:
    """Partitions with a commit, those assigned to a member, and those of unreadable groups.

    `group_codes` has a code for every name of the tick; `remembered` are the partitions that the
    unreadable ones had before. A commit wins over an assignment of the same partition.
    """
    group = np.concatenate((commits.group, assigned.group, remembered.group)).astype(np.int64)
    position = np.concatenate((commits.partition, assigned.position, remembered.position))
    without = np.full(len(group) - len(commits.offset), UNKNOWN, dtype=np.int64)
    committed = np.concatenate((commits.offset, without))
    code = np.concatenate((commits.error, np.zeros(len(without), dtype=np.int16)))
    place = group << 32 | position
    _, first = np.unique(place, return_index=True)  # the first of equals: the commit
    group = group[first]
    return Rows(  # by group, then position
        group=group,
        position=position[first],
        committed=committed[first],
        code=np.where(group_codes[group] != 0, group_codes[group], code[first]),
    )


def pairs(rows: Rows, partitions: PartitionIndex) -> tuple[Int64s, Int64s, Int64s]:
    """Group and topic of each pair that occurs, and the pair that each row belongs to."""
    topic = partitions.topic_of[rows.position].astype(np.int64)
    unique, pair_of_row = np.unique(rows.group << 32 | topic, return_inverse=True)
    return unique >> 32, unique & 0xFFFFFFFF, pair_of_row


def keys(read_ids: Int64s, numbers: Int64s) -> Int64s:
    """One number for a partition of a group, stable over ticks."""
    return read_ids << PARTITION_BITS | numbers


def read_of(key: Int64s) -> Int64s:
    return key >> PARTITION_BITS


def number_of(key: Int64s) -> Int64s:
    return key & ((1 << PARTITION_BITS) - 1)


def places_in(old: Int64s, keys: Int64s) -> Int64s:
    """Where each key stands in `old`, which rises; -1 where it does not."""
    if not len(old):
        return np.full(len(keys), -1, dtype=np.int64)
    place = np.minimum(np.searchsorted(old, keys), len(old) - 1)
    return np.where(old[place] == keys, place, -1)


def starts_of(sorted_ids: npt.NDArray[np.int64]) -> Int64s:
    """Where each run of equal ids starts, and the length as the last entry."""
    if not len(sorted_ids):
        return np.zeros(1, dtype=np.int64)
    edges = np.flatnonzero(np.diff(sorted_ids)) + 1
    return np.concatenate(([0], edges, [len(sorted_ids)])).astype(np.int64)
