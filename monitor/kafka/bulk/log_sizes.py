"""Asking the leaders how large their logs are."""

import numpy as np

from monitor.errors import MalformedAnswerError
from monitor.kafka.bulk import log_dirs
from monitor.kafka.bulk.connection import Brokers
from monitor.kafka.bulk.leaders import ask_leaders, places_of
from monitor.kafka.bulk.placement import Placement, by_topic, topic_places
from monitor.kafka.bulk.request import RawRequest
from monitor.kafka.codes import MALFORMED_ANSWER, NO_LEADER, NOT_THE_LEADER
from monitor.kafka.ports import UNKNOWN, Int64s, PartitionIndex, SizeColumn


def read_log_sizes(
    brokers: Brokers, placement: Placement, positions: Int64s, partitions: PartitionIndex
) -> SizeColumn:
    """Of the leader's replica. One that has moved since is not asked for again this time."""
    size = np.full(len(positions), UNKNOWN, dtype=np.int64)
    error = np.full(len(positions), NO_LEADER, dtype=np.int16)
    topics, row_of = topic_places(partitions), places_of(positions, partitions)

    def request(some: Int64s) -> RawRequest:
        body = log_dirs.encode(by_topic(some, partitions))
        return RawRequest(log_dirs.API_KEY, log_dirs.VERSION, body)

    def take(mine: Int64s, body: bytes, code: int) -> None:
        error[mine] = code or MALFORMED_ANSWER
        if code:
            return
        try:
            read = log_dirs.decode(body, topics)
        except MalformedAnswerError:
            return
        # A broker leaves out what does not lie on it.
        error[mine] = read.error or NOT_THE_LEADER
        inside = (read.partition >= 0) & (read.partition < partitions.counts[read.topic])
        rows = row_of[partitions.first[read.topic[inside]] + read.partition[inside]]
        is_told = np.isin(rows, mine) & (read.size_bytes[inside] >= 0)
        size[rows[is_told]], error[rows[is_told]] = read.size_bytes[inside][is_told], 0

    ask_leaders(brokers, placement, positions, partitions, request=request, take=take)
    return SizeColumn(size, error)
