"""When records were appended, asked of the broker: for commits older than what was watched.

What is told enters the timelines, so that nothing is asked twice.
"""

import time

import numpy as np

from monitor.errors import ClusterUnreachableError
from monitor.kafka.ports import UNKNOWN, ClusterReader, Int64s, PartitionIndex
from monitor.lag.memory import ClusterMemory
from monitor.lag.moments import epoch_ms
from monitor.lag.observe import Ends, Renew
from monitor.lag.rows import Rows, keys

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS

# The first record of the log, and the first of each of these spans; oldest first.
SPANS_MS = (7 * DAY_MS, DAY_MS, 6 * HOUR_MS, HOUR_MS, 15 * MINUTE_MS, 5 * MINUTE_MS, MINUTE_MS)
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
    now_ms = epoch_ms(ends.read_at)
    log_end = ends.edges.log_end[positions]
    answers = []
    for since_ms in (0, *(now_ms - span for span in SPANS_MS)):
        try:
            found = reader.first_since(positions, partitions, since_ms)
        except ClusterUnreachableError:
            return
        # Nothing since then: the log ended there already.
        is_silent = (found.error == 0) & (found.offset < 0)
        offset = np.where(is_silent, log_end, found.offset)
        time_ms = np.where(is_silent, since_ms, found.time_ms)
        answers.append((np.where(time_ms < 0, UNKNOWN, offset), time_ms, is_silent))
        renew()
    offsets, times_ms, silent = (np.stack(column, axis=1) for column in zip(*answers, strict=True))
    # The oldest of the silent spans says it all.
    offsets[silent & (np.cumsum(silent, axis=1) > 1)] = UNKNOWN
    # Records, and none at any time: theirs are not stamped.
    offsets[silent[:, 0]] = UNKNOWN
    memory.timelines.put_before(at, offsets, times_ms)


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
