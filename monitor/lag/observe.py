"""Reading a cluster for one tick: the order matters, and so does what is left out."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from monitor.kafka.ports import (
    UNKNOWN,
    ClusterListing,
    ClusterReader,
    CommitColumns,
    Edge,
    GroupListing,
    Int16s,
    Int64s,
    PartitionIndex,
)
from monitor.lag.claim import Clock
from monitor.lag.reading import Edges
from monitor.patterns import Keeps, keep_all

INTERNAL_PREFIX = "__"
COMMITS_TOPIC = "__consumer_offsets"

Renew = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Listed:
    """What exists, before any offset is read.

    `withheld` are topics that the listing lacks but that may be there, with what is known of them:
    the code of why nobody tells. They stand at the end of `partitions`, without leaders. So are
    `withheld_groups`, where the listing is complete. How many the cluster's patterns leave out does
    not count Kafka's own topics.
    """

    cluster: ClusterListing
    groups: GroupListing
    names: tuple[str, ...]
    unstorable: int
    keeps_group: Keeps = keep_all
    keeps_topic: Keeps = keep_all
    withheld: Mapping[str, int] = field(default_factory=dict)
    withheld_groups: Mapping[str, int] = field(default_factory=dict)
    left_out_groups: int = 0
    left_out_topics: int = 0

    @property
    def partitions(self) -> PartitionIndex:
        return self.cluster.partitions


@dataclass(frozen=True, slots=True)
class Committed:
    """Commits of `Listed.names`, read before any log end."""

    columns: CommitColumns
    read_at: datetime


@dataclass(frozen=True, slots=True)
class Ends:
    """Edges at every position; unknown where a topic was not asked for, or did not answer.

    `code` is why a log end that was asked for is not known, or 0. `held_since_ms` as in
    `monitor.lag.transactions`, unknown until timelines took the ends in.
    """

    edges: Edges
    topics: npt.NDArray[np.int64]
    read_at: datetime
    code: Int16s
    held_since_ms: Int64s

    @property
    def errors(self) -> int:
        return int(np.count_nonzero(self.code))


class IsStorable(Protocol):
    def __call__(self, name: str) -> bool: ...


def list_all(
    reader: ClusterReader,
    is_storable: IsStorable,
    *,
    keeps_group: Keeps = keep_all,
    owns_group: Keeps = keep_all,
    keeps_topic: Keeps = keep_all,
) -> Listed:
    """What is left out by name is as if it were not there. Raises ClusterUnreachableError."""
    cluster = reader.cluster()
    groups = _checked(reader.groups(), cluster.partitions)
    kept = [group for group in groups.groups if keeps_group(group.name)]
    mine = tuple(group for group in kept if owns_group(group.name))
    names = tuple(group.name for group in mine if is_storable(group.name))
    return Listed(
        _kept(cluster, keeps_topic),
        replace(groups, groups=mine),
        names,
        unstorable=len(mine) - len(names),
        keeps_group=lambda name: owns_group(name) and keeps_group(name),
        keeps_topic=keeps_topic,
        left_out_groups=len(groups.groups) - len(kept),
        left_out_topics=sum(not keeps_topic(name) for name in _of_people(cluster)),
    )


def _of_people(cluster: ClusterListing) -> Iterator[str]:
    """Topics that are not Kafka's own."""
    return (name for name in cluster.partitions.topics if not name.startswith(INTERNAL_PREFIX))


def read_commits(reader: ClusterReader, listed: Listed, clock: Clock, renew: Renew) -> Committed:
    """Must come before `read_ends`: read the other way round, lag turns negative by race.

    The lease is renewed on the way: a tick whose coordinators do not answer takes long, but it is
    not lost.
    """
    return Committed(read_commits_of(reader, listed.names, listed.partitions, renew), clock())


def read_commits_of(
    reader: ClusterReader, names: Sequence[str], partitions: PartitionIndex, renew: Renew
) -> CommitColumns:
    columns = list[CommitColumns]()
    for start in range(0, len(names), reader.groups_a_call):
        some = names[start : start + reader.groups_a_call]
        columns.append(_after(start, reader.commits(some, partitions)))
        renew()
    return _joined(columns)


def read_ends(
    reader: ClusterReader,
    partitions: PartitionIndex,
    read_positions: Int64s,
    known_starts: Mapping[str, Int64s],
    clock: Clock,
    renew: Renew,
    *,
    owns_topic: Keeps,
) -> Ends:
    """Stable ends, then log ends, then those log starts that are not known from slower ticks.

    Of topics that a group reads (`read_positions`), and of others that this shard owns.
    """
    topics = _topics_of_interest(partitions, read_positions, owns_topic)
    positions = _positions(partitions, topics)
    stable = reader.offsets(positions, partitions, Edge.STABLE_END)
    renew()
    ends = reader.offsets(positions, partitions, Edge.LOG_END)
    read_at = clock()
    starts = _starts_from_before(partitions, topics, known_starts)
    # A log that ends before its start was made anew since that start was read.
    before = starts[positions]
    wanted = positions[(before == UNKNOWN) | ((before > ends.offset) & (ends.error == 0))]
    starts[wanted] = reader.offsets(wanted, partitions, Edge.LOG_START).offset
    edges = Edges(
        log_start=starts,
        log_end=_spread(len(partitions), positions, ends.offset),
        stable_end=_spread(len(partitions), positions, stable.offset),
    )
    unknown = np.full(len(partitions), UNKNOWN, dtype=np.int64)
    code = np.zeros(len(partitions), dtype=np.int16)
    code[positions] = ends.error
    return Ends(edges, topics, read_at, code, unknown)


def _checked(groups: GroupListing, partitions: PartitionIndex) -> GroupListing:
    """Partial where a partition that holds groups has no leader, for nobody lists them then.

    A broker that is away for longer than its session leaves the metadata: it is asked no more, and
    all that are asked answer.
    """
    topic = partitions.topic_index.get(COMMITS_TOPIC)
    if topic is None:
        return groups
    has_leader = partitions.has_leader[partitions.topic_of == topic]
    if has_leader.all():
        return groups
    lost = np.count_nonzero(~has_leader)
    why = (
        f"Of {COMMITS_TOPIC}, {lost:,} of {len(has_leader):,} partitions have no leader: "
        "nobody lists the groups there."
    )
    return replace(groups, is_complete=False, errors=(*groups.errors, why))


def _kept(cluster: ClusterListing, keeps_topic: Keeps) -> ClusterListing:
    """Without the topics that are left out; commits of theirs are then of no known partition."""
    every = cluster.partitions
    is_kept = np.array([keeps_topic(name) for name in every.topics], dtype=np.bool_)
    if is_kept.all():
        return cluster
    partitions = PartitionIndex(
        tuple(name for name, kept in zip(every.topics, is_kept, strict=True) if kept),
        every.counts[is_kept],
        every.has_leader[is_kept[every.topic_of]],
    )
    return replace(cluster, partitions=partitions)


def _after(start: int, columns: CommitColumns) -> CommitColumns:
    """With groups counted on from `start`."""
    return replace(columns, group=columns.group + np.int32(start))


def _joined(parts: Sequence[CommitColumns]) -> CommitColumns:
    def column(name: str, kind: type[np.integer[Any]]) -> Any:
        nothing = np.empty(0, dtype=kind)
        return np.concatenate([nothing, *(getattr(part, name) for part in parts)])

    return CommitColumns(
        group=column("group", np.int32),
        partition=column("partition", np.int64),
        offset=column("offset", np.int64),
        error=column("error", np.int16),
        group_error=column("group_error", np.int16),
    )


def _topics_of_interest(
    partitions: PartitionIndex, read_positions: Int64s, owns_topic: Keeps
) -> npt.NDArray[np.int64]:
    is_wanted = np.array([owns_topic(name) for name in partitions.topics], bool)
    is_wanted[partitions.topic_of[read_positions]] = True
    return np.flatnonzero(is_wanted)


def _positions(partitions: PartitionIndex, topics: npt.NDArray[np.int64]) -> Int64s:
    is_wanted = np.zeros(len(partitions.topics), dtype=np.bool_)
    is_wanted[topics] = True
    return np.flatnonzero(is_wanted[partitions.topic_of])


def _starts_from_before(
    partitions: PartitionIndex, topics: npt.NDArray[np.int64], known: Mapping[str, Int64s]
) -> Int64s:
    starts = np.full(len(partitions), UNKNOWN, dtype=np.int64)
    for topic in topics.tolist():
        before = known.get(partitions.topics[topic])
        if before is not None:
            first, count = int(partitions.first[topic]), int(partitions.counts[topic])
            starts[first : first + min(count, len(before))] = before[:count]
    return starts


def _spread(length: int, positions: Int64s, values: Int64s) -> Int64s:
    column = np.full(length, UNKNOWN, dtype=np.int64)
    column[positions] = values
    return column
