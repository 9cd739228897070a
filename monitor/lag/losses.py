"""Forecasts of losses for all rows of a tick: retention by what topics' configuration told."""

from dataclasses import dataclass

import numpy as np

from monitor.kafka.ports import Int64s, TopicDetail
from monitor.lag.evidence import NOT_FORESEEN, Losses
from monitor.lag.forecast import Backlog, Floats, Flows, loss_seconds, size_loss_seconds
from monitor.lag.log_sizes import Log, RecordSizes
from monitor.lag.memory import ClusterMemory
from monitor.lag.moments import epoch_ms
from monitor.lag.reading import Bools
from monitor.lag.rows import keys
from monitor.values import LossBy

BY_TIME, BY_SIZE, BY_ABOUT_SIZE = (list(LossBy).index(by) for by in LossBy)
# Who fills what it keeps more slowly than this keeps it for ever.
_LONGEST_MS = 2.0**62


def losses(memory: ClusterMemory, topic_ids: Int64s, numbers: Int64s, backlog: Backlog) -> Losses:
    """When each row's group may lose records: by the timelines of its logs, or by their sizes."""
    now_ms = epoch_ms(memory.ends_read_at) if memory.ends_read_at else np.nan

    def ages_of(rows: Int64s, offsets: Int64s) -> Floats:
        then = memory.timelines.times_of(keys(topic_ids[rows], numbers[rows]), offsets)
        ages: Floats = (now_ms - then) / 1000
        return ages

    seconds = loss_seconds(backlog, ages_of)
    by = np.where(np.isnan(seconds), NOT_FORESEEN, BY_TIME).astype(np.int8)
    found = Losses(seconds, backlog.retention_ms, by)
    limits = _limits(memory)
    return _or_by_size(found, limits, topic_ids, numbers, backlog) if limits else found


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


@dataclass(frozen=True, slots=True)
class _Limits:
    """How many records the logs that delete by size keep: topic by topic, each by partition.

    `topic_ids` rise; topic `i` owns `starts[i]` up to `starts[i + 1]`.
    """

    topic_ids: Int64s
    starts: Int64s
    kept_records: Floats
    is_about: Bools


def _limits(memory: ClusterMemory) -> _Limits | None:
    memory.log_sizes.take_in(_logs(memory))
    found: list[tuple[int, int, RecordSizes]] = []
    for name, detail in memory.details.items():
        sizes, kept = memory.log_sizes.of(name), detail.kept_bytes
        if sizes is not None and kept is not None and name in memory.roster.topics:
            found.append((memory.roster.topics[name], kept, sizes))
    if not found:
        return None
    found.sort(key=lambda one: one[0])
    return _Limits(
        topic_ids=np.array([topic for topic, _, _ in found], dtype=np.int64),
        starts=np.cumsum([0, *(len(sizes.record_bytes) for _, _, sizes in found)]),
        kept_records=np.concatenate([kept / sizes.record_bytes for _, kept, sizes in found]),
        is_about=np.concatenate([sizes.is_about for _, _, sizes in found]),
    )


def _logs(memory: ClusterMemory) -> dict[str, Log]:
    """The logs whose sizes this tick was told, with the edges that it read after them."""
    roster, logs = memory.roster, dict[str, Log]()
    for name in memory.log_sizes.asked:
        start, end = memory.log_starts.get(name), memory.log_ends.get(roster.topics.get(name, -1))
        if start is not None and end is not None:
            logs[name] = Log(start, end, "compact" in memory.details[name].cleanup_policy)
    return logs


def _or_by_size(
    found: Losses, limits: _Limits, topic_ids: Int64s, numbers: Int64s, backlog: Backlog
) -> Losses:
    """The sooner of both, per row."""
    rows = np.flatnonzero(np.isin(topic_ids, limits.topic_ids))
    topic = np.searchsorted(limits.topic_ids, topic_ids[rows])
    place = limits.starts[topic] + numbers[rows]
    is_inside = place < limits.starts[topic + 1]  # others were added since the sizes were told
    rows, place = rows[is_inside], place[is_inside]
    flows = Flows(backlog.flows.produced[rows], backlog.flows.consumed[rows])
    kept = limits.kept_records[place]
    seconds = size_loss_seconds(backlog.lag[rows], flows, kept)
    is_foreseen = ~np.isnan(seconds)
    lives_ms = np.minimum(kept[is_foreseen] * 1000 / flows.produced[is_foreseen], _LONGEST_MS)
    sizes = rows[is_foreseen]
    life, keeps_ms = found.retention_ms.copy(), lives_ms.astype(np.int64)
    life[sizes] = np.where(life[sizes] < 0, keeps_ms, np.minimum(life[sizes], keeps_ms))
    is_sooner = is_foreseen & ~(seconds >= found.seconds[rows])
    sooner = rows[is_sooner]
    found.seconds[sooner] = seconds[is_sooner]
    found.by[sooner] = np.where(limits.is_about[place[is_sooner]], BY_ABOUT_SIZE, BY_SIZE)
    return Losses(found.seconds, life, found.by)


def _retention_ms(detail: TopicDetail) -> int:
    """A log that is compacted only loses nothing by its age."""
    if "delete" not in detail.cleanup_policy or detail.retention_ms is None:
        return -1
    return detail.retention_ms
