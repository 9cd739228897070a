"""Forecasts of losses for all rows of a tick: retention by what topics' configuration told."""

import numpy as np

from monitor.kafka.ports import Int64s, TopicDetail
from monitor.lag.evidence import Losses
from monitor.lag.forecast import Backlog, Floats, loss_seconds
from monitor.lag.memory import ClusterMemory
from monitor.lag.moments import epoch_ms
from monitor.lag.rows import keys


def losses(memory: ClusterMemory, topic_ids: Int64s, numbers: Int64s, backlog: Backlog) -> Losses:
    """When each row's group may lose records, by the timelines of its logs."""
    now_ms = epoch_ms(memory.ends_read_at) if memory.ends_read_at else np.nan

    def ages_of(rows: Int64s, offsets: Int64s) -> Floats:
        then = memory.timelines.times_of(keys(topic_ids[rows], numbers[rows]), offsets)
        ages: Floats = (now_ms - then) / 1000
        return ages

    return Losses(loss_seconds(backlog, ages_of), backlog.retention_ms)


def retentions(memory: ClusterMemory, topic_ids: Int64s) -> Int64s:
    """After how many ms a record of each row's topic may be deleted; -1 never, or not told."""
    by_id = {
        memory.roster.topics[name]: _retention_ms(detail)
        for name, detail in memory.details.items()
        if name in memory.roster.topics
    }
    topics, place = np.unique(topic_ids, return_inverse=True)
    told = [by_id.get(topic, -1) for topic in topics.tolist()]
    return np.array(told, dtype=np.int64)[place]


def _retention_ms(detail: TopicDetail) -> int:
    """A log that is compacted only loses nothing by its age."""
    if "delete" not in detail.cleanup_policy or detail.retention_ms is None:
        return -1
    return detail.retention_ms
