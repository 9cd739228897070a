"""Asking the leaders how large their logs are."""

import numpy as np

from monitor.errors import MalformedAnswerError
from monitor.kafka.bulk import log_dirs
from monitor.kafka.bulk.connection import Brokers, Job, Node
from monitor.kafka.bulk.placement import NOBODY, Placement, by_topic, topic_places
from monitor.kafka.bulk.request import RawAnswer, RawRequest
from monitor.kafka.codes import MALFORMED_ANSWER, NO_LEADER, NOT_THE_LEADER
from monitor.kafka.ports import UNKNOWN, Int64s, PartitionIndex, SizeColumn


def read_log_sizes(
    brokers: Brokers, placement: Placement, positions: Int64s, partitions: PartitionIndex
) -> SizeColumn:
    """Of the leader's replica. One that has moved since is not asked for again this time."""
    size = np.full(len(positions), UNKNOWN, dtype=np.int64)
    error = np.full(len(positions), NO_LEADER, dtype=np.int16)
    by_leader = placement.by_leader(positions, partitions)
    by_leader.pop(NOBODY, None)
    topics = topic_places(partitions)
    row_of = np.full(len(partitions), UNKNOWN, dtype=np.int64)
    row_of[positions] = np.arange(len(positions))
    nodes = list(by_leader)

    def take(number: int, answer: RawAnswer, code: int) -> None:
        mine = by_leader[nodes[number]]
        error[mine] = code or MALFORMED_ANSWER
        if code:
            return
        try:
            read = log_dirs.decode(answer.body, topics)
        except MalformedAnswerError:
            return
        # A broker leaves out what does not lie on it.
        error[mine] = read.error or NOT_THE_LEADER
        inside = (read.partition >= 0) & (read.partition < partitions.counts[read.topic])
        rows = row_of[partitions.first[read.topic[inside]] + read.partition[inside]]
        is_told = np.isin(rows, mine) & (read.size_bytes[inside] >= 0)
        size[rows[is_told]], error[rows[is_told]] = read.size_bytes[inside][is_told], 0

    questions: dict[Node, list[Job]] = {
        node: [(number, _ask_for(positions[by_leader[node]], partitions))]
        for number, node in enumerate(nodes)
    }
    brokers.ask(questions, take)
    return SizeColumn(size, error)


def _ask_for(positions: Int64s, partitions: PartitionIndex) -> RawRequest:
    body = log_dirs.encode(by_topic(positions, partitions))
    return RawRequest(log_dirs.API_KEY, log_dirs.VERSION, body)
