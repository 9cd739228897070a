"""One question to each leader of some partitions."""

from collections.abc import Callable

import numpy as np

from monitor.kafka.bulk.connection import Brokers, Job, Node
from monitor.kafka.bulk.placement import NOBODY, Placement
from monitor.kafka.bulk.request import RawRequest
from monitor.kafka.ports import Int64s, PartitionIndex

# Places in the positions that were asked for, the body of the answer, and an error code, or 0.
TakeBody = Callable[[Int64s, bytes, int], None]


def ask_leaders(
    brokers: Brokers,
    placement: Placement,
    positions: Int64s,
    partitions: PartitionIndex,
    *,
    request: Callable[[Int64s], RawRequest],
    take: TakeBody,
) -> None:
    """`request` makes what is asked about some positions; those without a leader are left out."""
    by_leader = placement.by_leader(positions, partitions)
    by_leader.pop(NOBODY, None)
    nodes = list(by_leader)
    questions: dict[Node, list[Job]] = {
        node: [(number, request(positions[by_leader[node]]))] for number, node in enumerate(nodes)
    }
    brokers.ask(
        questions,
        lambda number, answer, code: take(
            by_leader[nodes[number]], b"" if code else answer.body, code
        ),
    )


def places_of(positions: Int64s, partitions: PartitionIndex) -> Int64s:
    """Where each position of the catalogue stands among `positions`, or below zero."""
    places = np.full(len(partitions), -1, dtype=np.int64)
    places[positions] = np.arange(len(positions))
    return places
