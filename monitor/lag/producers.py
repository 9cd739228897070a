"""Whose the hung transactions are, by what their partitions' leaders tell of producers."""

from collections.abc import Mapping
from typing import TypedDict

import numpy as np

from monitor.kafka.ports import ClusterReader, Int64s, OpenTransaction, PartitionIndex
from monitor.lag.memory import ClusterMemory
from monitor.lag.moments import epoch_ms
from monitor.lag.observe import Ends, Renew
from monitor.lag.transactions import is_hung
from monitor.models import Topic

PRODUCERS_SECONDS = 30.0
# A broker that hangs on many transactions has another trouble than who began them.
MOST_PARTITIONS = 100


class Holder(TypedDict):
    """The producer of the transaction that begins at `start`; `last_ms` is its newest record's
    timestamp in this partition, null where it has none.
    """

    start: int
    producer_id: int
    epoch: int
    last_ms: int | None


# By topic id, then by partition, which JSON wants as text.
Holders = Mapping[int, Mapping[str, Holder]]


def read_holders(
    reader: ClusterReader,
    ends: Ends,
    partitions: PartitionIndex,
    memory: ClusterMemory,
    renew: Renew,
) -> Holders:
    """Of the transactions that hang longest, now and then; what was not asked is not in it.

    In the shard's own topics: the others are not its to write.
    """
    hung = np.flatnonzero(is_hung(ends.held_since_ms, epoch_ms(ends.read_at)))
    names = [partitions.topics[topic] for topic in partitions.topic_of[hung].tolist()]
    hung = hung[np.array([memory.roster.shard.owns(name) for name in names], dtype=np.bool_)]
    if not len(hung) or not memory.is_due("producers", PRODUCERS_SECONDS):
        return {}
    asked = np.sort(hung[np.argsort(ends.held_since_ms[hung], kind="stable")][:MOST_PARTITIONS])
    told = reader.open_transactions(asked, partitions)
    renew()
    return _by_topic(asked, told, ends.edges.stable_end, partitions, memory.roster.topics)


def store_holders(holders: Holders) -> None:
    for topic_id, of_topic in holders.items():
        Topic.objects.filter(pk=topic_id).update(held_by=of_topic)


def _by_topic(
    asked: Int64s,
    told: list[OpenTransaction],
    stable_end: Int64s,
    partitions: PartitionIndex,
    topic_ids: Mapping[str, int],
) -> Holders:
    """The stable end is where the oldest open transaction begins; others do not hold it."""
    found: dict[int, dict[str, Holder]] = {}
    topics = partitions.topics
    for topic in np.unique(partitions.topic_of[asked]).tolist():
        found[topic_ids[topics[topic]]] = {}
    for one in told:
        if one.start == stable_end[one.position]:
            topic_id = topic_ids[topics[int(partitions.topic_of[one.position])]]
            found[topic_id][str(partitions.number_of[one.position])] = Holder(
                start=one.start,
                producer_id=one.producer_id,
                epoch=one.epoch,
                last_ms=one.last_ms if one.last_ms >= 0 else None,
            )
    return found
