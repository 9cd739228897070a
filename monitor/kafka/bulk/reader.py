"""The reader port over batched requests: hundreds of groups, or all partitions of a leader, each.

What changes seldom (members, topics' configuration) is read by librdkafka's client.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from monitor.errors import MalformedAnswerError
from monitor.kafka.bulk import list_offsets, offset_fetch
from monitor.kafka.bulk.connection import Brokers, Job, Node
from monitor.kafka.bulk.groups import LIST_GROUPS_VERSION, list_groups
from monitor.kafka.bulk.leaders import ask_leaders
from monitor.kafka.bulk.log_sizes import read_log_sizes
from monitor.kafka.bulk.mapping import configuration
from monitor.kafka.bulk.offset_fetch import FetchedCommits
from monitor.kafka.bulk.open_transactions import read_open_transactions
from monitor.kafka.bulk.placement import (
    FIND_COORDINATOR_VERSION,
    METADATA_VERSION,
    NOBODY,
    Placement,
    by_topic,
    topic_places,
)
from monitor.kafka.bulk.request import RawAnswer, RawRequest
from monitor.kafka.bulk.wire import raw
from monitor.kafka.codes import (
    COORDINATOR_MOVED,
    MALFORMED_ANSWER,
    NO_COORDINATOR,
    NO_LEADER,
    SILENCE,
)
from monitor.kafka.ports import (
    UNKNOWN,
    ClusterListing,
    ClusterReader,
    CommitColumns,
    Edge,
    GroupListing,
    Int16s,
    Int64s,
    Membership,
    OffsetColumn,
    OpenTransaction,
    PartitionIndex,
    SizeColumn,
    TimedColumn,
    TopicDetail,
)

# One answer of ordinary groups stays below a megabyte; many partitions a group make it fewer.
GROUPS_A_REQUEST = 500
ROWS_A_REQUEST = 50_000

NEEDS = {
    offset_fetch.API_KEY: offset_fetch.VERSION,
    list_offsets.API_KEY: list_offsets.VERSION,
    3: METADATA_VERSION,
    10: FIND_COORDINATOR_VERSION,
    16: LIST_GROUPS_VERSION,
}
# The coordinator or the leader is elsewhere by now, or its broker went away.
_COORDINATOR_MOVED = np.array([NO_COORDINATOR, COORDINATOR_MOVED, *SILENCE], dtype=np.int16)
_LEADER_MOVED = np.array([5, 6, 74, 75, *SILENCE], dtype=np.int16)


class BulkReader:
    """A `ClusterReader`. `properties` are librdkafka's, secrets resolved; not shared by fork.

    Raises NotHonouredError where a property, or what the brokers speak, needs the other adapter.
    `slow` reads members, topics' details, and why a topic is not listed.
    """

    # A few requests each: a call takes a fraction of a lease with a slow coordinator too.
    groups_a_call = 4_000

    def __init__(
        self, properties: Mapping[str, str], *, timeout_seconds: float, slow: ClusterReader
    ) -> None:
        self._brokers = Brokers(
            configuration(properties), timeout_seconds=timeout_seconds, needs=NEEDS
        )
        self._placement = Placement(self._brokers)
        self._slow = slow
        self._rows_a_group = 20.0

    def cluster(self) -> ClusterListing:
        return self._placement.read_cluster()

    def groups(self) -> GroupListing:
        self._make_ready()
        listing = list_groups(self._brokers, self._placement.coordinators.__setitem__)
        if listing.is_complete:
            self._placement.keep_only(group.name for group in listing.groups)
        return listing

    def commits(self, names: Sequence[str], partitions: PartitionIndex) -> CommitColumns:
        self._make_ready()
        codes = np.zeros(len(names), dtype=np.int16)
        found = self._fetch(range(len(names)), names, partitions, codes)
        moved = np.flatnonzero(np.isin(codes, _COORDINATOR_MOVED)).tolist()
        if moved:
            before = [self._placement.coordinators.get(names[group]) for group in moved]
            self._placement.find_coordinators([names[group] for group in moved])
            again = [
                group
                for group, node in zip(moved, before, strict=True)
                if self._placement.coordinators.get(names[group]) not in {node, None}
                or codes[group] not in SILENCE
            ]
            found += self._fetch(again, names, partitions, codes)
        return _joined(found, codes, partitions)

    def offsets(self, positions: Int64s, partitions: PartitionIndex, edge: Edge) -> OffsetColumn:
        found = self._listed(positions, partitions, edge)
        return OffsetColumn(found.offset, found.error)

    def first_since(
        self, positions: Int64s, partitions: PartitionIndex, since_ms: int
    ) -> TimedColumn:
        return self._listed(positions, partitions, since_ms)

    def _listed(
        self, positions: Int64s, partitions: PartitionIndex, wanted: Edge | int
    ) -> TimedColumn:
        self._make_ready()
        found = TimedColumn(
            offset=np.full(len(positions), UNKNOWN, dtype=np.int64),
            time_ms=np.full(len(positions), UNKNOWN, dtype=np.int64),
            error=np.full(len(positions), NO_LEADER, dtype=np.int16),
        )
        asked, error = np.flatnonzero(partitions.has_leader[positions]), found.error
        self._list(asked, positions, partitions, wanted, found)
        moved = asked[np.isin(error[asked], _LEADER_MOVED)]
        if len(moved):
            before = self._placement.leaders(partitions)[positions[moved]]
            self._placement.refresh_leaders()
            after = self._placement.leaders(partitions)[positions[moved]]
            there = moved[(before != after) | ~np.isin(error[moved], list(SILENCE))]
            self._list(there, positions, partitions, wanted, found)
        return found

    def log_sizes(self, positions: Int64s, partitions: PartitionIndex) -> SizeColumn:
        self._make_ready()
        return read_log_sizes(self._brokers, self._placement, positions, partitions)

    def open_transactions(
        self, positions: Int64s, partitions: PartitionIndex
    ) -> list[OpenTransaction]:
        self._make_ready()
        return read_open_transactions(self._brokers, self._placement, positions, partitions)

    def memberships(self, names: Sequence[str]) -> dict[str, Membership]:
        return self._slow.memberships(names)

    def topic_details(self, names: Sequence[str]) -> dict[str, TopicDetail]:
        return self._slow.topic_details(names)

    def topic_codes(self, names: Sequence[str]) -> dict[str, int]:
        return self._slow.topic_codes(names)

    def tells_timestamps(self, topic: str, partition: int) -> bool | None:
        return self._slow.tells_timestamps(topic, partition)

    def close(self) -> None:
        self._brokers.close()
        self._slow.close()

    def _make_ready(self) -> None:
        """Know the brokers, and who leads what."""
        if not self._brokers.ids():
            self._placement.refresh_leaders()

    def _fetch(
        self, groups: Sequence[int], names: Sequence[str], partitions: PartitionIndex, codes: Int16s
    ) -> list[FetchedCommits]:
        """Ask the coordinators; `codes` gets each group's error, 0 where all is well."""
        batches = self._batches(groups, names)
        topics = topic_places(partitions)
        found: list[FetchedCommits] = []

        def take(number: int, answer: RawAnswer, code: int) -> None:
            batch = batches[number][1]
            places = {raw(names[group]): place for place, group in enumerate(batch)}
            try:
                if code:
                    codes[batch] = code
                    return
                read = offset_fetch.decode(answer.body, places, topics)
                if not all(read.is_answered):
                    raise MalformedAnswerError("The answer lacks a group.")
            except MalformedAnswerError:
                codes[batch] = MALFORMED_ANSWER
                return
            codes[batch] = read.group_error
            # The groups of the whole reading instead of those of one request.
            group = np.array(batch, dtype=np.int32)[read.group]
            found.append(replace(read, group=group))

        questions: dict[Node, list[Job]] = {}
        for number, (node, batch) in enumerate(batches):
            if node == NOBODY:
                refusals = self._placement.refusals
                codes[batch] = [refusals.get(names[group]) or NO_COORDINATOR for group in batch]
                continue
            body = offset_fetch.encode([names[group] for group in batch])
            request = RawRequest(offset_fetch.API_KEY, offset_fetch.VERSION, body)
            questions.setdefault(node, []).append((number, request))
        self._brokers.ask(questions, take)
        rows = sum(len(one.offset) for one in found)
        if found:
            self._rows_a_group = max(1.0, rows / len(groups))
        return found

    def _batches(self, groups: Sequence[int], names: Sequence[str]) -> list[tuple[int, list[int]]]:
        coordinators = self._placement.coordinators
        homeless = [names[group] for group in groups if names[group] not in coordinators]
        if homeless:
            self._placement.find_coordinators(homeless)
        by_node: dict[int, list[int]] = {}
        for group in groups:
            by_node.setdefault(coordinators.get(names[group], NOBODY), []).append(group)
        most = int(min(GROUPS_A_REQUEST, max(1, ROWS_A_REQUEST // self._rows_a_group)))
        return [
            (node, some[start : start + most])
            for node, some in by_node.items()
            for start in range(0, len(some), most)
        ]

    def _list(
        self,
        asked: Int64s,
        positions: Int64s,
        partitions: PartitionIndex,
        wanted: Edge | int,
        found: TimedColumn,
    ) -> None:
        """Fill the columns of `found` at the rows `asked`."""
        error = found.error
        topics = topic_places(partitions)
        row_of = np.full(len(partitions), UNKNOWN, dtype=np.int64)
        row_of[positions[asked]] = asked

        def take(some: Int64s, body: bytes, code: int) -> None:
            mine = asked[some]
            # What the answer leaves out is not answered.
            error[mine] = code or MALFORMED_ANSWER
            if code:
                return
            try:
                read = list_offsets.decode(body, topics)
            except MalformedAnswerError:
                return
            inside = (read.partition >= 0) & (read.partition < partitions.counts[read.topic])
            place = partitions.first[read.topic[inside]] + read.partition[inside]
            rows = row_of[place]
            known = np.isin(rows, mine)
            error[rows[known]] = read.error[inside][known]
            is_read = known & (read.error[inside] == 0)
            found.offset[rows[is_read]] = read.offset[inside][is_read]
            found.time_ms[rows[is_read]] = read.time_ms[inside][is_read]

        ask_leaders(
            self._brokers,
            self._placement,
            positions[asked],
            partitions,
            request=lambda some: _ask_for(some, partitions, wanted),
            take=take,
        )


def _ask_for(positions: Int64s, partitions: PartitionIndex, wanted: Edge | int) -> RawRequest:
    body = list_offsets.encode(by_topic(positions, partitions), wanted)
    return RawRequest(list_offsets.API_KEY, list_offsets.VERSION, body)


def _joined(
    found: Sequence[FetchedCommits], codes: Int16s, partitions: PartitionIndex
) -> CommitColumns:
    def column(name: str, kind: type) -> np.ndarray:
        return np.concatenate([np.empty(0, dtype=kind), *(getattr(one, name) for one in found)])

    group, topic = column("group", np.int32), column("topic", np.int32)
    partition, offset = column("partition", np.int64), column("offset", np.int64)
    error = column("error", np.int16)
    # Gone, or newer than the catalogue: the next tick will know. Below zero nothing is committed.
    is_known = (partition >= 0) & (partition < partitions.counts[topic])
    is_known &= ((offset >= 0) | (error != 0)) & (codes[group] == 0)
    topic = topic[is_known]
    return CommitColumns(
        group=group[is_known],
        partition=partitions.first[topic] + partition[is_known],
        offset=np.where(error[is_known] != 0, UNKNOWN, offset[is_known]),
        error=error[is_known],
        group_error=codes,
    )
