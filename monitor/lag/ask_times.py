"""When records were appended, asked of the broker: for commits older than what was watched.

What is told enters the timelines, so that nothing is asked twice.
"""

import time

import numpy as np

from monitor.kafka.ports import ClusterReader, Int64s, PartitionIndex
from monitor.lag.memory import ClusterMemory
from monitor.lag.moments import epoch_ms
from monitor.lag.observe import Ends, Renew
from monitor.lag.rows import Rows, keys
from monitor.lag.told_times import points_told

# Each look-up reads an index on the broker's disk.
PARTITIONS_A_TICK = 1_000
AGAIN_SECONDS = 300.0


def ask_for_times(
    reader: ClusterReader,
    rows: Rows,
    ends: Ends,
    partitions: PartitionIndex,
    memory: ClusterMemory,
    renew: Renew,
) -> None:
    """Ask about partitions with a commit whose time no timeline tells, a bounded share of them.

    A broker that does not answer leaves these times unknown, and the tick as it is.
    """
    if memory.tells_timestamps is not True:
        return
    positions = _due(rows, ends, partitions, memory)
    if not len(positions):
        return
    at = _keys(positions, partitions, memory)
    memory.times_asked.update(dict.fromkeys(at.tolist(), time.monotonic()))
    log_end, now_ms = ends.edges.log_end[positions], epoch_ms(ends.read_at)
    told = points_told(reader, positions, partitions, log_end, now_ms, renew)
    if told is not None:
        memory.timelines.put_before(at, *told)


def _due(rows: Rows, ends: Ends, partitions: PartitionIndex, memory: ClusterMemory) -> Int64s:
    """Positions, by rising key, with an unread record whose time is not known."""
    edges = ends.edges.at(rows.position)
    is_behind = (rows.committed >= np.maximum(edges.log_start, 0)) & (
        rows.committed < edges.log_end
    )
    behind = np.flatnonzero(is_behind)
    position, committed = rows.position[behind], rows.committed[behind]
    own = _keys(position, partitions, memory)
    untold = np.isnan(memory.timelines.times_of(own, committed))
    at, first = np.unique(own[untold], return_index=True)
    since = time.monotonic() - AGAIN_SECONDS
    asked = [memory.times_asked.get(key, float("-inf")) for key in at.tolist()]
    due = np.flatnonzero(np.array(asked) <= since)[:PARTITIONS_A_TICK]
    return position[untold][first[due]]


def _keys(positions: Int64s, partitions: PartitionIndex, memory: ClusterMemory) -> Int64s:
    ids = [memory.roster.topics.get(name, 0) for name in partitions.topics]
    topic = np.array(ids, dtype=np.int64)[partitions.topic_of[positions]]
    return keys(topic, partitions.number_of[positions])
