"""What a process remembers of a shard between ticks: a cache, stamped with its last tick.

Whoever runs a tick first loads what it lacks (`monitor.lag.recall`); a tick that fails forgets all.
"""

import time
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import numpy as np

from monitor.kafka.ports import Int64s, Membership, TopicDetail
from monitor.lag.log_sizes import LogSizes
from monitor.lag.marks import Marks
from monitor.lag.moments import epoch_ms
from monitor.lag.roster import Roster
from monitor.lag.rows import keys, read_of
from monitor.lag.timelines import Timelines
from monitor.lag.trail import Trail
from monitor.lag.windows import Windows
from monitor.series.rates import forward_moves
from monitor.shards import ALL, Shard

Key = TypeVar("Key")


@dataclass
class ClusterMemory:
    """Heads and timelines go by topic id, slow readings by the names that Kafka knows.

    `times_asked` says when the broker was last asked for times, by the timelines' keys.
    """

    roster: Roster
    stamp: datetime | None = None
    ends_read_at: datetime | None = None
    windows: Windows = field(default_factory=Windows)
    marks: Marks = field(default_factory=Marks)
    trail: Trail = field(default_factory=Trail)
    timelines: Timelines = field(default_factory=Timelines)
    log_ends: dict[int, Int64s] = field(default_factory=dict)
    log_starts: dict[str, Int64s] = field(default_factory=dict)
    memberships: dict[str, Membership] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    details: dict[str, TopicDetail] = field(default_factory=dict)
    read_at: dict[tuple[str, str], float] = field(default_factory=dict)
    tells_timestamps: bool | None = None
    log_sizes: LogSizes = field(default_factory=LogSizes)
    told: dict[int, object] = field(default_factory=dict)
    times_asked: dict[int, float] = field(default_factory=dict)

    def is_due(self, what: str, every_seconds: float) -> bool:
        """Whether a slower reading is due; counted from now on if it is."""
        now = time.monotonic()
        if now - self.read_at.get((what, ""), -every_seconds) < every_seconds:
            return False
        self.read_at[what, ""] = now
        return True

    def keep_only(self, groups: Mapping[str, int], topics: Mapping[str, int]) -> None:
        """Drop what is remembered of others than these, given with their ids."""
        for of_groups in (self.memberships, self.states):
            _drop(of_groups, of_groups.keys() - groups.keys())
        for of_topics in (self.details, self.log_starts):
            _drop(of_topics, of_topics.keys() - topics.keys())
        _drop(self.told, self.told.keys() - set(groups.values()))
        _drop(self.log_ends, self.log_ends.keys() - set(topics.values()))
        self.timelines.keep_only(np.array(list(topics.values()), dtype=np.int64))
        _drop(self.times_asked, self.times_asked.keys() - set(self.timelines.keys.tolist()))
        self.log_sizes.keep_only(topics.keys())
        present = {"group": groups, "topic": topics, "log size": topics}
        gone = [key for key in self.read_at if key[0] in present and key[1] not in present[key[0]]]
        _drop(self.read_at, gone)

    def forget_logs(self, topic_ids: Set[int]) -> None:
        """Drop all that was learnt of the logs of these topics, which are others by now."""
        roster = self.roster
        reads = [read for (_, topic), read in roster.reads.items() if topic in topic_ids]
        for of_reads in (self.windows, self.marks, self.trail):
            of_reads.forget(np.isin(read_of(of_reads.keys), reads))
        others = [pk for pk in roster.topics.values() if pk not in topic_ids]
        self.timelines.keep_only(np.array(others, dtype=np.int64))
        _drop(self.times_asked, self.times_asked.keys() - set(self.timelines.keys.tolist()))
        _drop(self.log_ends, self.log_ends.keys() & topic_ids)
        names = {name for name, pk in roster.topics.items() if pk in topic_ids}
        _drop(self.log_starts, self.log_starts.keys() & names)
        self.log_sizes.forget(names)

    def add_heads(self, heads: Mapping[int, Int64s], at: datetime) -> dict[int, int]:
        """Note the log ends of topics, by id; return what was appended to each since its last ones.

        In records, or `UNKNOWN`. A fallen end means a log made anew, whose past is void.
        """
        appended = {one: self._appended(one, log_end) for one, log_end in heads.items()}
        self.log_ends.update(heads)
        if heads:
            ids = sorted(heads)
            numbers = np.concatenate([np.arange(len(heads[one])) for one in ids])
            owner = np.repeat(ids, [len(heads[one]) for one in ids])
            log_end = np.concatenate([heads[one] for one in ids])
            self.timelines.add(keys(owner, numbers), log_end, epoch_ms(at))
        return appended

    def _appended(self, topic_id: int, log_end: Int64s) -> int:
        before = self.log_ends.get(topic_id, log_end[:0])
        both = min(len(before), len(log_end))
        return int(forward_moves(np.stack([before[:both], log_end[:both]]))[0])


def _drop(remembered: dict[Key, Any], gone: Iterable[Key]) -> None:
    for key in gone:
        del remembered[key]


_memories: dict[tuple[int, Shard], ClusterMemory] = {}


def memory_of(cluster_id: int, shard: Shard = ALL) -> ClusterMemory:
    """This process's memory of a shard, empty at first.

    What it knew of a shard by another number of them is dropped.
    """
    for key in list(_memories):  # other threads have other shards
        if key[0] == cluster_id and key[1].of != shard.of:
            _memories.pop(key, None)
    return _memories.setdefault((cluster_id, shard), ClusterMemory(Roster(cluster_id, shard)))


def forget(cluster_id: int, shard: Shard = ALL) -> None:
    """Drop a memory that a failed tick left half changed."""
    _memories.pop((cluster_id, shard), None)
