"""One tick of one cluster: claim, read, judge, store, tell."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from time import perf_counter

from django.conf import settings
from django.db import IntegrityError

from monitor import broadcast
from monitor.errors import ClusterUnreachableError, ConfigurationError
from monitor.kafka.names import is_storable
from monitor.kafka.ports import ClusterReader, Int64s
from monitor.kafka.process import reader_of
from monitor.kafka.properties import client_properties
from monitor.lag import record
from monitor.lag.acknowledged import Acknowledged
from monitor.lag.alone import alone
from monitor.lag.ask_times import ask_for_times
from monitor.lag.claim import Claim, Clock, LeaseLostError, claim, database_time
from monitor.lag.findings import Gathered, gathered, judge
from monitor.lag.memory import ClusterMemory, forget, memory_of
from monitor.lag.message import Beat, group_messages, outage_message, overview_message
from monitor.lag.moments import epoch_ms
from monitor.lag.observe import Committed, Ends, Listed, list_all, read_commits, read_ends
from monitor.lag.ownership import owns_topic
from monitor.lag.pressure import keep_pace
from monitor.lag.producers import read_holders
from monitor.lag.recall import bring_up_to_date
from monitor.lag.recreated import look_again, notice_recreated
from monitor.lag.slow import not_told, read_slowly
from monitor.lag.state_record import store_failure
from monitor.lag.transactions import held_since_ms
from monitor.lag.verdicts import GroupVerdict, Rules, known_from, known_or_none
from monitor.lag.withheld import forbidden_meanwhile, with_withheld
from monitor.models import Cluster, ClusterState, Group, Tick
from monitor.patterns import allowance, keeps
from monitor.series import interval
from monitor.series.gaps import HOLE_IN_INTERVALS
from monitor.series.partitions import ensure_hour

log = logging.getLogger(__name__)

LONGEST_REQUEST = timedelta(seconds=15)

OpenReader = Callable[[Cluster, int], ClusterReader]


def open_reader(cluster: Cluster, shard: int) -> ClusterReader:
    """This process's reader of the shard. Raises ConfigurationError for bad properties.

    A request takes half an interval at most, so that a silent broker does not eat the next tick.
    """
    timeout = min(interval.of(cluster) / 2, LONGEST_REQUEST)
    configuration = client_properties(cluster.bootstrap_servers, cluster.properties)
    return reader_of(
        cluster.pk, configuration, timeout_seconds=timeout.total_seconds(), shard=shard
    )


def collect(
    cluster_id: int,
    *,
    shard: int = 0,
    open_reader: OpenReader = open_reader,
    clock: Clock = database_time,
) -> Tick.State | None:
    """Sample a shard of a cluster; return what became of the tick. `clock` is the database's.

    None: the cluster is gone or disabled, or has no such shard, another process has the slot, or
    the last tick still runs. A cluster that cannot be read is a recorded state, never an exception.
    """
    cluster = _enabled(cluster_id)
    claimed = claim(cluster, clock, shard=shard) if cluster else None
    if cluster is None or claimed is None:
        return None
    with alone(cluster.pk, shard) as is_free:
        if is_free:
            return _collect(cluster, claimed, open_reader, clock)
    claimed.update(state=Tick.State.SKIPPED)
    return Tick.State.SKIPPED


def _collect(cluster: Cluster, claimed: Claim, open_reader: OpenReader, clock: Clock) -> Tick.State:
    try:
        state, _ = ClusterState.objects.get_or_create(cluster=cluster)
        return _sample(cluster, claimed, state, open_reader(cluster, claimed.shard.number), clock)
    except (ClusterUnreachableError, ConfigurationError) as problem:
        return _fail(cluster, claimed, state, str(problem))
    except LeaseLostError:
        log.warning("a tick outlived its lease", extra={"cluster": cluster.name})
        forget(cluster.pk, claimed.shard)
        return Tick.State.LOST
    except BaseException as problem:
        # Windows may hold samples that were never stored: the next tick loads them anew.
        forget(cluster.pk, claimed.shard)
        if isinstance(problem, IntegrityError) and not _exists(cluster):
            return Tick.State.LOST
        raise


def _enabled(cluster_id: int) -> Cluster | None:
    clusters = Cluster.objects.select_related("state")
    return clusters.filter(pk=cluster_id, is_enabled=True).first()


def _exists(cluster: Cluster) -> bool:
    """Whether it was not deleted in mid-tick, which takes the tick and all it knows along."""
    return Cluster.objects.filter(pk=cluster.pk).exists()


def _sample(
    cluster: Cluster, claimed: Claim, state: ClusterState, reader: ClusterReader, clock: Clock
) -> Tick.State:
    memory, started = memory_of(cluster.pk, claimed.shard), perf_counter()
    listed = list_all(
        reader,
        is_storable,
        keeps_group=keeps(cluster.include_groups, cluster.exclude_groups),
        owns_group=claimed.shard.owns,
        keeps_topic=keeps(cluster.include_topics, cluster.exclude_topics),
    )
    ensure_hour(claimed.slot_at)
    rules = _rules(cluster, claimed)
    claimed.renew()
    bring_up_to_date(memory, rules, claimed.renew)
    done = _read_and_judge(reader, listed, memory, rules, claimed, clock, started)
    judged = perf_counter()
    gone = record.store(claimed, done, memory, state)
    stored = perf_counter()
    beat = Beat(cluster, claimed.shard, claimed.slot_at, memory.stamp)
    changed = _take_over(memory, done, claimed.slot_at)
    left = list(Group.objects.filter(pk__in=gone)) if gone else []
    if broadcast.send([overview_message(beat, state, changed, left)]):
        # Asked after the overview went out: a page listens to its group first, and counts the ticks
        # by whichever comes.
        heard = broadcast.heard("group")
        broadcast.send(group_messages(beat, done, changed, left, heard=heard))
    Tick.objects.filter(pk=claimed.tick_id).update(
        store_seconds=stored - judged, broadcast_seconds=perf_counter() - stored
    )
    keep_pace(cluster, claimed)
    return Tick.State.DONE


def _read_and_judge(
    reader: ClusterReader,
    listed: Listed,
    memory: ClusterMemory,
    rules: Rules,
    claimed: Claim,
    clock: Clock,
    started: float,
) -> record.Pass:
    listed = with_withheld(reader, listed, memory.roster, claimed.renew)
    memory.roster.ensure_groups(listed.names, claimed.slot_at)
    claimed.renew()
    slow = read_slowly(reader, listed, memory, claimed.renew)
    topic_ids = notice_recreated(listed, slow, memory)
    committed = read_commits(reader, listed, clock, claimed.renew)
    found = gathered(committed, listed, memory)
    ends = read_ends(
        reader,
        listed.partitions,
        found.rows.position,
        memory.log_starts,
        clock,
        claimed.renew,
        owns_topic=owns_topic(claimed.subject.pk, claimed.shard),
    )
    claimed.renew()
    listed, found = _look_back(listed, found, committed, ends, memory)
    previous_ms = _previous_ms(memory, rules)
    produced = _note_ends(ends, listed, memory, claimed.slot_at, previous_ms)
    ends = replace(ends, held_since_ms=held_since_ms(ends, listed.partitions, memory))
    holders = read_holders(reader, ends, listed.partitions, memory, claimed.renew)
    ask_for_times(reader, found.rows, ends, listed.partitions, memory, claimed.renew)
    read = perf_counter()
    findings = judge(found, ends, listed, memory, rules=rules, previous_ms=previous_ms)
    look_again(listed, findings, memory)
    has_stable_ends = bool((ends.edges.stable_end >= 0).any() or (ends.edges.log_end < 0).all())
    return record.Pass(
        listed=listed,
        committed=committed,
        ends=ends,
        slow=slow,
        topic_ids=topic_ids,
        findings=findings,
        not_told=not_told(listed, memory, has_stable_ends=has_stable_ends),
        holders=holders,
        acknowledged=rules.acknowledged,
        produced_per_second=produced,
        read_seconds=read - started,
        judge_seconds=perf_counter() - read,
    )


def _look_back(
    listed: Listed, found: Gathered, committed: Committed, ends: Ends, memory: ClusterMemory
) -> tuple[Listed, Gathered]:
    """Gather again where topics were forbidden since they were listed."""
    forbidden = forbidden_meanwhile(listed, ends, memory.roster)
    if not forbidden:
        return listed, found
    listed = replace(listed, withheld={**listed.withheld, **forbidden})
    return listed, gathered(committed, listed, memory)


def _rules(cluster: Cluster, claimed: Claim) -> Rules:
    return Rules(
        slot_at=claimed.slot_at,
        interval=interval.of(cluster),
        status_ticks=settings.HIGHWATER_STATUS_TICKS,
        abandoned_after=timedelta(hours=settings.HIGHWATER_ABANDONED_AFTER_HOURS),
        allowed_lag=allowance(cluster.allowed_lags),
        acknowledged=Acknowledged.stored(cluster.pk),
    )


def _previous_ms(memory: ClusterMemory, rules: Rules) -> int | None:
    """When the tick before read its ends; None if it is missing."""
    if memory.stamp is None or memory.ends_read_at is None:
        return None
    is_next = rules.slot_at - memory.stamp <= rules.interval * HOLE_IN_INTERVALS
    return epoch_ms(memory.ends_read_at) if is_next else None


def _note_ends(
    ends: Ends, listed: Listed, memory: ClusterMemory, slot_at: datetime, previous_ms: int | None
) -> float | None:
    """Take the heads in; return what the shard's topics gained since the tick before, a second."""
    partitions, heads = listed.partitions, dict[int, Int64s]()
    counts = {partitions.topics[t]: int(partitions.counts[t]) for t in ends.topics.tolist()}
    memory.roster.ensure_topics(counts, slot_at)
    for topic in ends.topics.tolist():
        own = slice(int(partitions.first[topic]), int(partitions.first[topic + 1]))
        name = partitions.topics[topic]
        memory.log_starts[name] = ends.edges.log_start[own]
        heads[memory.roster.topics[name]] = ends.edges.log_end[own]
    memory.ends_read_at = ends.read_at
    appended = memory.add_heads(heads, ends.read_at)
    mine = {memory.roster.topics[name] for name in counts if memory.roster.shard.owns(name)}
    known = [records for pk, records in appended.items() if pk in mine and records >= 0]
    if previous_ms is None or (mine and not known):
        return None
    took_ms = epoch_ms(ends.read_at) - previous_ms
    return known_or_none(sum(known) * 1000 / took_ms) if took_ms > 0 else None


def _take_over(memory: ClusterMemory, done: record.Pass, slot_at: datetime) -> list[GroupVerdict]:
    """The tick is stored: remember it, and return the groups that changed by it."""
    memory.stamp = slot_at
    changed = []
    for group in done.findings.groups:
        memory.roster.groups[group.name] = known_from(group, memory.roster.groups[group.name])
        figures = group.told
        if memory.told.get(group.id) != figures:
            memory.told[group.id] = figures
            changed.append(group)
    topics = _topics_of(done, memory)
    memory.keep_only({group.name: group.id for group in done.findings.groups}, topics)
    memory.roster.forget_gone(topics)
    return changed


def _topics_of(done: record.Pass, memory: ClusterMemory) -> dict[str, int]:
    topics = done.listed.partitions.topics
    return {topics[t]: memory.roster.topics[topics[t]] for t in done.ends.topics.tolist()}


def _fail(cluster: Cluster, claimed: Claim, state: ClusterState, problem: str) -> Tick.State:
    forget(cluster.pk, claimed.shard)
    if state.unreachable_since is None:
        log.warning("a cluster cannot be read", extra={"cluster": cluster.name, "why": problem})
    try:
        store_failure(claimed, state, problem)
    except LeaseLostError:
        return Tick.State.LOST
    beat = Beat(cluster, claimed.shard, claimed.slot_at, state.sampled_at)
    broadcast.send([outage_message(beat, state)])
    return Tick.State.FAILED
