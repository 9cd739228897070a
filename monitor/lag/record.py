"""Storing a tick: samples, the latest rows, changes and the done mark commit together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from django.db import transaction
from django.db.models.functions import Now

from monitor.kafka.ports import Int64s, PartitionIndex
from monitor.lag.acknowledged import Acknowledged, drop_outlived
from monitor.lag.claim import Claim
from monitor.lag.findings import Findings
from monitor.lag.latest import update_groups, update_heads, update_reads
from monitor.lag.memory import ClusterMemory
from monitor.lag.observe import Committed, Ends, Listed
from monitor.lag.presence import mark_presence
from monitor.lag.producers import Holders, store_holders
from monitor.lag.recreated import store_topic_ids
from monitor.lag.slow import SlowReadings
from monitor.lag.slow_record import store_details, store_memberships
from monitor.lag.state_record import store_state
from monitor.lag.timeline_store import store_timelines
from monitor.lag.trail_store import store_trail
from monitor.models import ClusterState, StatusChange, Tick
from monitor.series import interval
from monitor.series.store import HeadRows, LagRows, write_heads, write_lags
from monitor.shards import Shard
from monitor.values import Status

_STATUSES = [status.value for status in Status]


@dataclass(frozen=True, slots=True)
class Pass:
    """Everything that one tick read and found."""

    listed: Listed
    committed: Committed
    ends: Ends
    slow: SlowReadings
    topic_ids: Mapping[str, str]
    findings: Findings
    not_told: Sequence[str]
    holders: Holders
    acknowledged: Acknowledged
    produced_per_second: float | None
    read_seconds: float
    judge_seconds: float


def store(claim: Claim, done: Pass, memory: ClusterMemory, state: ClusterState) -> set[int]:
    """Commit the whole tick, or nothing; return the groups that are gone by it.

    Raises LeaseLostError if another may hold the cluster.
    """
    cluster_id, at = memory.roster.cluster_id, claim.slot_at
    partitions, number = done.listed.partitions, claim.shard.number
    with transaction.atomic():
        _mark_done(claim, done)
        store_trail(memory.trail)
        write_heads(at, number, _head_rows(done.ends, partitions, memory))
        write_lags(at, number, _lag_rows(done.findings, partitions))
        own = _own(done.ends, partitions, claim.shard)
        heads = _head_rows(own, partitions, memory)
        update_heads(heads, _held_since_ms(own, partitions), at)
        store_timelines(memory.timelines, heads.topic_ids, _turn_of(claim), at)
        update_reads(done.findings, partitions, at)
        update_groups(done.findings.groups, at)
        store_memberships(done.slow, memory)
        store_details(done.slow.details, memory)
        store_holders(done.holders)
        _drop_outlived(done)
        store_topic_ids(done.topic_ids, memory, at)
        StatusChange.objects.bulk_create(_changes(cluster_id, done.findings, at))
        gone = mark_presence(done.listed, done.ends, done.findings, memory.roster, at)
        store_state(state, done.listed, done.not_told, claim)
    return gone


def _drop_outlived(done: Pass) -> None:
    if done.acknowledged.offsets:
        log_end = done.ends.edges.at(done.findings.position).log_end
        drop_outlived(done.acknowledged, done.findings.key, done.findings.committed, log_end)


def _turn_of(claim: Claim) -> int:
    """The same whichever process has the tick, and one more at the next."""
    return int(claim.slot_at.timestamp() // interval.of(claim.subject).total_seconds())


def _mark_done(claim: Claim, done: Pass) -> None:
    findings, listed = done.findings, done.listed
    errors = findings.unreadable + done.ends.errors + listed.unstorable + len(listed.groups.errors)
    claim.update(
        state=Tick.State.DONE,
        done_at=Now(),
        commits_read_at=done.committed.read_at,
        ends_read_at=done.ends.read_at,
        read_seconds=done.read_seconds,
        judge_seconds=done.judge_seconds,
        groups=len(findings.groups),
        group_partitions=len(findings.key),
        produced_per_second=done.produced_per_second,
        consumed_per_second=findings.consumed_per_second,
        reading_errors=errors,
        error=" ".join(listed.groups.errors)[:2000],
    )


def _own(ends: Ends, partitions: PartitionIndex, shard: Shard) -> Ends:
    """Of the shard's own topics: what there is once of the others is not its to write."""
    is_own = [shard.owns(partitions.topics[topic]) for topic in ends.topics.tolist()]
    return replace(ends, topics=ends.topics[np.array(is_own, dtype=np.bool_)])


def _head_rows(ends: Ends, partitions: PartitionIndex, memory: ClusterMemory) -> HeadRows:
    topics = ends.topics
    ids = [memory.roster.topics[partitions.topics[topic]] for topic in topics.tolist()]
    edges = ends.edges.at(_positions(ends, partitions))
    return HeadRows(
        topic_ids=np.array(ids, dtype=np.int64),
        starts=np.concatenate(([0], np.cumsum(partitions.counts[topics], dtype=np.int64))),
        log_start=edges.log_start,
        log_end=edges.log_end,
        stable_end=edges.stable_end,
    )


def _held_since_ms(ends: Ends, partitions: PartitionIndex) -> Int64s:
    """In the order of the head rows."""
    return ends.held_since_ms[_positions(ends, partitions)]


def _positions(ends: Ends, partitions: PartitionIndex) -> Int64s:
    """Of all partitions whose ends were asked for."""
    is_read = np.zeros(len(partitions.topics), dtype=np.bool_)
    is_read[ends.topics] = True
    return np.flatnonzero(is_read[partitions.topic_of])


def _lag_rows(findings: Findings, partitions: PartitionIndex) -> LagRows:
    dense = findings.dense(partitions)
    found = findings.read_totals
    members = [-1 if group.members is None else group.members for group in findings.groups]
    return LagRows(
        group_topic_ids=findings.reads.ids,
        starts=dense.starts,
        committed=dense.spread(findings.committed, -1),
        flags=dense.spread(findings.rows.flags, 0),
        lag=found.lag,
        lag_max=found.lag_max,
        unknown_partitions=found.unknown,
        time_lag_seconds=found.time_lag_seconds,
        statuses=[_STATUSES[status] for status in found.status.tolist()],
        members=np.array(members, dtype=np.int64)[findings.reads.group],
    )


def _changes(cluster_id: int, findings: Findings, at: datetime) -> list[StatusChange]:
    return [
        StatusChange(
            at=at,
            cluster_id=cluster_id,
            group_id=group.id,
            before=group.status_before,
            after=group.status,
            reason=group.reason,
        )
        for group in findings.groups
        if group.has_turned
    ]
