"""Bringing a memory up to date from stored samples: a restart forgets nothing."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np

from monitor.kafka.names import unescape
from monitor.kafka.ports import Member, Membership, TopicDetail
from monitor.lag.evidence import take_in
from monitor.lag.marks import SPAN_MS, Marks
from monitor.lag.memory import ClusterMemory
from monitor.lag.moments import MILLISECOND, epoch_ms
from monitor.lag.observe import Renew
from monitor.lag.reading import UNKNOWN, Edges, Int64s, lag_of
from monitor.lag.roster import Roster
from monitor.lag.rows import keys, read_of
from monitor.lag.timelag import MOST_POINTS
from monitor.lag.timeline_store import load_timelines
from monitor.lag.timelines import Timelines
from monitor.lag.trail import Pace, Trail
from monitor.lag.trail_store import load_trail
from monitor.lag.verdicts import Rules
from monitor.lag.windows import LENGTH, Samples, Windows
from monitor.models import GroupMember, Tick, Topic
from monitor.series.arrays import columns_cursor
from monitor.series.partitions import OPEN, oldest_start
from monitor.shards import Shard
from monitor.values import ReadingFlag

# Heads of the timelines: the newest ticks one by one, older ones at even steps.
_NEWEST = MOST_POINTS // 3

# One tick's heads, as this shard read them or, cut otherwise, whichever did; and its commits. Both
# by the primary keys.
_HEADS = """
    SELECT topic_id, array_replace(log_start, NULL, -1), array_replace(log_end, NULL, -1)
    FROM monitor_head_sample
    WHERE topic_id = ANY(%(ids)s) AND sampled_at = %(at)s
      AND (shard = %(shard)s OR NOT %(is_own)s)
"""
_COMMITS = """
    SELECT group_topic_id, array_replace(committed, NULL, -1), flags
    FROM monitor_lag_sample WHERE group_topic_id = ANY(%(ids)s) AND sampled_at = %(at)s
"""


class _Stored(NamedTuple):
    """A stored tick; `is_own`: this shard's, and not of when the cluster was cut otherwise."""

    slot_at: datetime
    ends_read_at: datetime
    is_own: bool


def bring_up_to_date(memory: ClusterMemory, rules: Rules, renew: Renew) -> None:
    """Replay the stored ticks that this memory has not seen, all before the slot of the rules.

    The lease is renewed on the way: a tick that lost it would forget what it had replayed, and so
    would every one after it.
    """
    before = rules.slot_at
    if memory.stamp is not None and memory.stamp >= before:
        _begin_anew(memory)  # the clock was set back, and timelines take in no earlier time
    missed = _missed(memory, before)
    if memory.stamp is not None and not missed:
        return
    if memory.stamp is not None and len(missed) > LENGTH:
        _begin_anew(memory)
        missed = _missed(memory, before)
    memory.roster = Roster.loaded(memory.roster.cluster_id, memory.roster.shard)
    renew()
    if memory.stamp is not None:
        _forget_recreated(memory, memory.stamp)
    if memory.stamp is None:
        missed = _thinned(missed)
        load_trail(memory.trail, memory.roster.reads.values(), epoch_ms(before))
        _forget_trails_of_deleted_logs(memory)
        load_timelines(memory.timelines, memory.roster.topics.values(), before)
        renew()
    memory.memberships = _stored_memberships(memory)
    memory.details = {**_stored_details(memory), **memory.details}
    for place, tick in enumerate(missed):
        _replay(memory, tick, rules, is_in_windows=place >= len(missed) - LENGTH)
        renew()
    if missed:
        memory.stamp, memory.ends_read_at, _ = missed[-1]


def _begin_anew(memory: ClusterMemory) -> None:
    memory.stamp = memory.ends_read_at = None
    memory.windows, memory.timelines, memory.log_ends = Windows(), Timelines(), {}
    memory.trail, memory.marks, memory.times_asked = Trail(), Marks(), {}


def _forget_recreated(memory: ClusterMemory, seen_at: datetime) -> None:
    """Another process met topics that were created again since this one looked."""
    recreated = memory.roster.recreated_at.items()
    since = {topic for topic, at in recreated if at > seen_at}
    if since:
        memory.forget_logs(since)


def _forget_trails_of_deleted_logs(memory: ClusterMemory) -> None:
    """A trail is stored at every tenth tick: it may be of the log before."""
    topics, recreated_at = _topic_of_read(memory), memory.roster.recreated_at
    if not recreated_at:
        return
    began = {
        read: epoch_ms(recreated_at[topic])
        for read, topic in topics.items()
        if topic in recreated_at
    }
    reads, place = np.unique(read_of(memory.trail.keys), return_inverse=True)
    begins = np.array([began.get(read, UNKNOWN) for read in reads.tolist()], dtype=np.int64)
    memory.trail.forget(memory.trail.seen_ms < begins[place])


def _ids_by(slot_at: datetime, memory: ClusterMemory) -> tuple[list[int], list[int]]:
    """Topics whose log was there by then, and what groups read of them."""
    recreated_at = memory.roster.recreated_at.items()
    later = {topic for topic, at in recreated_at if at > slot_at}
    topics = [topic for topic in memory.roster.topics.values() if topic not in later]
    reads = [read for (_, topic), read in memory.roster.reads.items() if topic not in later]
    return topics, reads


def _missed(memory: ClusterMemory, before: datetime) -> list[_Stored]:
    """The shard's own ticks, and one a slot of those that went by another number of shards."""
    # tick_cluster: the slots of one cluster in a range. Ticks outlive their open samples.
    done = Tick.objects.filter(
        cluster_id=memory.roster.cluster_id,
        state=Tick.State.DONE,
        slot_at__lt=before,
        slot_at__gte=oldest_start(OPEN) or before,
    )
    if memory.stamp is not None:
        done = done.filter(slot_at__gt=memory.stamp)
    mine, found = memory.roster.shard, dict[datetime, _Stored]()
    rows = done.order_by("slot_at", "ends_read_at")
    for slot_at, read_at, *of in rows.values_list("slot_at", "ends_read_at", "shard", "shards"):
        by = Shard(*of)
        if read_at is not None and (by == mine or by.of != mine.of):
            found[slot_at] = _Stored(slot_at, read_at, by == mine)
    return list(found.values())


def _thinned(ticks: list[_Stored]) -> list[_Stored]:
    """At most `MOST_POINTS` ticks, however long the history."""
    older, newest = ticks[:-_NEWEST], ticks[-_NEWEST:]
    step = max(1, -(-len(older) // (MOST_POINTS - _NEWEST)))
    return [*older[::step], *newest]


def _replay(memory: ClusterMemory, tick: _Stored, rules: Rules, *, is_in_windows: bool) -> None:
    """One stored tick; commits are read of those that windows, trail or marks take in."""
    slot_at, ends_read_at, is_own = tick
    now_ms = epoch_ms(ends_read_at)
    is_marked = epoch_ms(rules.slot_at) - now_ms <= SPAN_MS and memory.marks.is_due(now_ms)
    heads: dict[int, tuple[Int64s, Int64s]] = {}
    names = {topic_id: name for name, topic_id in memory.roster.topics.items()}
    with columns_cursor() as cursor:
        topics, reads = _ids_by(slot_at, memory)
        number = memory.roster.shard.number
        asked = {"ids": topics, "at": slot_at, "shard": number, "is_own": is_own}
        for topic_id, log_start, log_end in cursor.execute(_HEADS, asked):
            heads[topic_id] = (log_start, log_end)
            # Another process may have read them since this one did; else the two would take turns
            # in saying that records are lost.
            memory.log_starts[names[topic_id]] = log_start
        memory.add_heads({topic: log_end for topic, (_, log_end) in heads.items()}, ends_read_at)
        if is_in_windows or is_marked:
            asked = {"ids": reads, "at": slot_at}
            commits = cursor.execute(_COMMITS, asked).fetchall()
            samples, log_start = _samples(commits, _topic_of_read(memory), heads)
            memory.marks.push(samples, now_ms)
        if is_in_windows:
            allowed_lag = _allowed_lag(samples.keys, memory, rules)
            pace = Pace(epoch_ms(slot_at), rules.interval // MILLISECOND, allowed_lag)
            take_in(
                memory.windows,
                memory.trail,
                samples,
                log_start,
                pace,
                now_ms=now_ms,
            )


def _allowed_lag(key: Int64s, memory: ClusterMemory, rules: Rules) -> Int64s:
    """Of each row, by the name of its group."""
    by_group = {group.id: rules.allowed_lag(name) for name, group in memory.roster.groups.items()}
    by_read = {read: by_group.get(group, 0) for (group, _), read in memory.roster.reads.items()}
    reads, place = np.unique(read_of(key), return_inverse=True)
    return np.array([by_read[read] for read in reads.tolist()], dtype=np.int64)[place]


def _topic_of_read(memory: ClusterMemory) -> dict[int, int]:
    return {read: topic for (_, topic), read in memory.roster.reads.items()}


def _samples(
    commits: Sequence[tuple[int, Int64s, Any]],
    topic_of_read: dict[int, int],
    heads: dict[int, tuple[Int64s, Int64s]],
) -> tuple[Samples, Int64s]:
    """One stored tick as the live one saw it, lag worked out again; and the log starts."""
    columns = [_columns(*row, heads.get(topic_of_read[row[0]])) for row in sorted(commits, key=_id)]
    nothing = np.empty((5, 0), dtype=np.int64)
    key, committed, flags, start, end = np.concatenate([nothing, *columns], axis=1)
    is_unreadable = (committed < 0) & ((flags & ReadingFlag.UNREADABLE) != 0)
    lag, _ = lag_of(committed, Edges(start, end, end), is_unreadable)
    return Samples(key, committed, lag, end), start


def _id(row: tuple[int, Int64s, Any]) -> int:
    return row[0]


def _columns(
    read: int, committed: Int64s, flags: Any, edges: tuple[Int64s, Int64s] | None
) -> Int64s:
    """Key, commit, flags, start and end of the partitions that are the group's."""
    numbers = np.flatnonzero((committed >= 0) | (flags != 0))
    unknown = np.full(len(committed), UNKNOWN, dtype=np.int64)
    start, end = edges or (unknown, unknown)
    own = keys(np.full(len(numbers), read), numbers)
    return np.stack([own, committed[numbers], flags[numbers], start[numbers], end[numbers]])


def _stored_memberships(memory: ClusterMemory) -> dict[str, Membership]:
    """Members as last stored; how many a group without any has is not known from them."""
    members: dict[str, list[Member]] = {}
    rows = GroupMember.objects.filter(group__cluster_id=memory.roster.cluster_id)
    for row in rows.select_related("group").order_by("group_id", "member_id"):
        name = unescape(row.group.name, is_escaped=row.group.name_is_escaped)
        if not memory.roster.shard.owns(name):
            continue
        assignment = {topic: tuple(numbers) for topic, numbers in row.assignment.items()}
        member = Member(row.member_id, row.instance_id, row.client_id, row.host, assignment)
        members.setdefault(name, []).append(member)
    return {name: Membership("", "", "", tuple(some)) for name, some in members.items()}


def _stored_details(memory: ClusterMemory) -> dict[str, TopicDetail]:
    """Configuration as last stored: a restart reads that of a few hundred topics a tick only, and
    until then no loss would be foreseen in the others.
    """
    rows = Topic.objects.filter(cluster_id=memory.roster.cluster_id, gone_at=None)
    told = rows.exclude(cleanup_policy="").defer(
        "log_start", "log_end", "stable_end", "held_since_ms"
    )
    return {
        unescape(row.name, is_escaped=row.name_is_escaped): TopicDetail(
            row.kafka_topic_id,
            row.cleanup_policy,
            row.retention_ms,
            row.retention_bytes,
            row.is_tiered,
            has_configs=True,
        )
        for row in told
    }
