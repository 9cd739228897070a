"""Since when an open transaction holds a partition's stable end back, from its timeline. Pure.

The record at the stable end is the transaction's first. The timeline knows when the log ended
there, so nothing has to be stored for it, and it survives a restart. An old one is called hung:
producers give theirs up after a minute unless they are told otherwise, and brokers abort it then.
"""

import numpy as np

from monitor.kafka.ports import PartitionIndex
from monitor.lag.memory import ClusterMemory
from monitor.lag.observe import Ends
from monitor.lag.reading import UNKNOWN, Bools, Int64s
from monitor.lag.rows import keys

HUNG_AFTER_MS = 120_000


def held_since_ms(ends: Ends, partitions: PartitionIndex, memory: ClusterMemory) -> Int64s:
    """In ms, by position; `UNKNOWN` where no transaction is open, or nothing was watched.

    One that is older than what was watched counts from the first time that its log was seen.
    """
    since = np.full(len(partitions), UNKNOWN, dtype=np.int64)
    stable = ends.edges.stable_end
    held = np.flatnonzero((stable >= 0) & (stable < ends.edges.log_end))
    if not len(held):
        return since
    topic_of, topics = partitions.topic_of[held], memory.roster.topics
    ids = np.array([topics[partitions.topics[topic]] for topic in topic_of.tolist()])
    own = keys(ids, partitions.number_of[held])
    order = np.argsort(own)
    held, own = held[order], own[order]
    times = memory.timelines.times_of(own, stable[held])
    times = np.where(np.isnan(times), memory.timelines.first_times(own), times)
    is_known = ~np.isnan(times)
    since[held[is_known]] = times[is_known].astype(np.int64)
    return since


def is_hung(since_ms: Int64s, now_ms: int) -> Bools:
    hung: Bools = (since_ms >= 0) & (now_ms - since_ms >= HUNG_AFTER_MS)
    return hung
