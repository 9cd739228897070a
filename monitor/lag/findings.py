"""Judging a tick: rows, group topics and groups, all from columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from monitor.kafka.ports import Int16s, Int64s, ListedGroup, PartitionIndex
from monitor.lag import judge_rules
from monitor.lag.acknowledged import Acknowledged
from monitor.lag.evidence import Taken, evidence, take_in
from monitor.lag.forecast import Backlog, Flows, paced
from monitor.lag.gather import all_names, arrange, gather, group_codes
from monitor.lag.judge_rules import ABANDONED
from monitor.lag.losses import losses, retentions
from monitor.lag.memory import ClusterMemory
from monitor.lag.moments import MILLISECOND, epoch_ms
from monitor.lag.observe import Committed, Ends, Listed
from monitor.lag.reading import Bools, flags_of, lag_of
from monitor.lag.rows import Reads, Rows, number_of
from monitor.lag.time_lags import time_lags
from monitor.lag.totals import Judged, Totals, facts, totals
from monitor.lag.trail import Pace
from monitor.lag.transactions import is_hung
from monitor.lag.usage import Usage, readable, usage
from monitor.lag.verdicts import GroupVerdict, Rules, known_or_none, verdicts
from monitor.lag.windows import OK, WARN, Int8s, Samples
from monitor.values import ReadingFlag

Number = TypeVar("Number", bound=np.generic)

# Present rates of a group are those of its last minute, or since the tick before if that is longer.
RATE_SPAN_MS = 60_000


@dataclass(frozen=True, slots=True)
class Gathered:
    """Names of the tick with what their reading ended with, and a row per partition of each."""

    names: tuple[str, ...]
    codes: Int16s
    rows: Rows


@dataclass(frozen=True, slots=True)
class Findings:
    """All of a tick. Rows go by rising `key`; `reads` says whose they are."""

    key: Int64s
    position: Int64s
    committed: Int64s
    rows: Judged
    reads: Reads
    read_totals: Totals
    groups: tuple[GroupVerdict, ...]
    consumed_per_second: float | None
    unreadable: int

    def dense(self, partitions: PartitionIndex) -> "Dense":
        """Where each row lies in arrays that hold every partition of a topic."""
        counts = partitions.counts[self.reads.topic].astype(np.int64)
        starts = np.concatenate(([0], np.cumsum(counts)))
        owner = np.repeat(np.arange(len(self.reads.ids)), np.diff(self.reads.starts))
        first = np.repeat(partitions.first[self.reads.topic] - starts[:-1], counts)
        return Dense(
            starts=starts,
            place=starts[owner] + number_of(self.key),
            positions=np.arange(int(starts[-1])) + first,
        )


@dataclass(frozen=True, slots=True)
class Dense:
    """Arrays by partition, one after another: read `i` owns `starts[i]` up to `starts[i + 1]`.

    `place` is where each row goes, `positions` the catalogue's position at each place.
    """

    starts: Int64s
    place: Int64s
    positions: Int64s

    def spread(self, values: npt.NDArray[Number], elsewhere: float) -> npt.NDArray[Number]:
        """A column of rows as arrays; `elsewhere` fills what is not the group's."""
        column = np.full(int(self.starts[-1]), elsewhere, dtype=values.dtype)
        column[self.place] = values
        return column


def gathered(committed: Committed, listed: Listed, memory: ClusterMemory) -> Gathered:
    names = all_names(listed, memory)
    codes = group_codes(names, committed.columns, listed)
    rows = gather(names, codes, committed.columns, listed, memory)
    return Gathered(names, codes, rows)


def judge(
    found: Gathered,
    ends: Ends,
    listed: Listed,
    memory: ClusterMemory,
    *,
    rules: Rules,
    previous_ms: int | None,
) -> Findings:
    """Judge all rows and groups; windows and trail take this tick in.

    `previous_ms` is when ends were read in the tick before, None if that tick is missing.
    """
    key, order, reads = arrange(found.names, found.rows, listed.partitions, memory)
    owner = np.repeat(np.arange(len(reads.ids)), np.diff(reads.starts))
    group = reads.group[owner]
    now_ms = epoch_ms(ends.read_at)
    since_ms = min(now_ms - RATE_SPAN_MS, previous_ms or now_ms)
    rows = found.rows.at(order)
    members = _has_members(found.names, listed.groups.groups)
    allowed_lag = np.array([rules.allowed_lag(name) for name in found.names], dtype=np.int64)
    pace = Pace(epoch_ms(rules.slot_at), rules.interval // MILLISECOND, allowed_lag[group])
    tick = _taken(key, rows, ends, memory, pace, has_members=members[group])
    used = _used(found, group, tick, members, memory, rules)
    topic_ids, is_abandoned = reads.topic_ids[owner], used.is_abandoned[group]
    judged = _judged(tick, memory, topic_ids, is_abandoned, rules.acknowledged, since_ms)
    of_groups = totals(group, len(found.names), judged)
    # One without any partition has no row that says so.
    of_groups.status[used.is_abandoned] = ABANDONED
    about = facts(group, of_groups, judged, found.codes, used.unused_ms)
    return Findings(
        key=key,
        position=rows.position,
        committed=rows.committed,
        rows=judged,
        reads=reads,
        read_totals=totals(owner, len(reads.ids), judged),
        groups=verdicts(
            found.names,
            of_groups,
            about,
            used.is_used.tolist(),
            listed.groups.groups,
            memory,
            rules,
        ),
        consumed_per_second=_consumed(memory, now_ms, previous_ms),
        unreadable=int(np.count_nonzero(found.codes)),
    )


@dataclass(frozen=True, slots=True)
class _Tick:
    """Rows as they were read, and what windows and trail say once they took them in.

    `code` is why a row's commit could not be read, else why its log end could not, or 0.
    """

    rows: Rows
    code: Int16s
    samples: Samples
    log_start: Int64s
    flags: Int16s
    taken: Taken
    pace: Pace
    now_ms: int
    has_members: Int8s


def _taken(
    key: Int64s, rows: Rows, ends: Ends, memory: ClusterMemory, pace: Pace, *, has_members: Int8s
) -> _Tick:
    edges, now_ms = ends.edges.at(rows.position), epoch_ms(ends.read_at)
    lag, flags = lag_of(rows.committed, edges, rows.code != 0)
    hung = is_hung(ends.held_since_ms[rows.position], now_ms)
    flags = np.where(hung, flags | ReadingFlag.TRANSACTION_HUNG, flags).astype(np.int16)
    code = np.where(rows.code != 0, rows.code, ends.code[rows.position])
    samples = Samples(key, rows.committed, lag, edges.log_end)
    memory.marks.push(samples, now_ms)
    taken = take_in(
        memory.windows,
        memory.trail,
        samples,
        edges.log_start,
        pace,
        now_ms=now_ms,
        has_members=has_members,
    )
    return _Tick(
        rows,
        code,
        samples,
        edges.log_start,
        flags | flags_of(code),
        taken,
        pace,
        now_ms,
        has_members,
    )


def _used(
    found: Gathered,
    group: Int64s,
    tick: _Tick,
    has_members: Int8s,
    memory: ClusterMemory,
    rules: Rules,
) -> Usage:
    return usage(
        [memory.roster.groups[name] for name in found.names],
        group,
        tick.taken.has_moved,
        has_members=has_members,
        is_readable=readable(found.codes, group, tick.rows.code),
        slot_at=rules.slot_at,
        abandoned_after=rules.abandoned_after,
    )


def _judged(
    tick: _Tick,
    memory: ClusterMemory,
    topic_ids: Int64s,
    is_abandoned: Bools,
    acknowledged: Acknowledged,
    since_ms: int,
) -> Judged:
    key, committed, lag = tick.samples.keys, tick.samples.committed, tick.samples.lag
    by_window = _unless_idle(tick.taken.by_window, lag, tick.flags)
    consumed, produced = _rates(memory, since_ms, committed >= 0)
    consumed_15m, produced_15m = memory.marks.rates(tick.samples, tick.now_ms)
    timed = time_lags(memory, topic_ids, number_of(key), committed, lag)
    flows = paced(Flows(produced, consumed), Flows(produced_15m, consumed_15m), tick.has_members)
    backlog = Backlog(committed, lag, timed.seconds, flows, retentions(memory, topic_ids))
    foreseen = losses(memory, topic_ids, number_of(key), backlog)
    now = evidence(
        memory.trail,
        tick.samples,
        tick.log_start,
        by_window,
        tick.pace,
        acknowledged=acknowledged.of(key, tick.samples.log_end),
        losses=foreseen,
    )
    allowed = tick.pace.allowed_lag
    status = judge_rules.judge(by_window, now, is_abandoned=is_abandoned, allowed_lag=allowed)
    lost = np.where((now.lost > 0) & (now.lost <= allowed), 0, now.lost)
    lost[(committed < 0) | (lag < 0)] = -1  # rule 2
    return Judged(
        lag=lag,
        flags=tick.flags,
        status=status,
        time_lag_seconds=timed.seconds,
        time_lag_method=timed.method,
        code=tick.code,
        samples=memory.windows.counts,
        grew=memory.windows.grew_each_time(),
        consumed=consumed,
        produced=produced,
        consumed_15m=consumed_15m,
        produced_15m=produced_15m,
        is_behind=lag > allowed,
        lost=lost,
        lost_to=np.where(lost > 0, tick.log_start, -1),
        loss_seconds=now.loss_seconds,
        loss_by=foreseen.by,
        held_back_ms=np.where((status == WARN) & (by_window != WARN), now.usual_gap_ms, -1),
    )


def _has_members(names: Sequence[str], listed: Sequence[ListedGroup]) -> Int8s:
    """1, 0, or -1 where this broker, or this listing, does not tell."""
    told = {group.name: group.has_members for group in listed}
    known = {True: 1, False: 0, None: -1}
    return np.array([known[told.get(name)] for name in names], dtype=np.int8)


def _unless_idle(statuses: Int8s, lag: Int64s, flags: Int16s) -> Int8s:
    # Assigned, nothing committed, and the log is empty: nothing to judge, and nothing wrong.
    is_idle = (lag == 0) & ((flags & ReadingFlag.NO_COMMIT) != 0)
    return np.where(is_idle, OK, statuses).astype(np.int8)


def _rates(
    memory: ClusterMemory, since_ms: int, has_commit: Bools
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    consumed, produced = memory.windows.rates(since_ms)
    return np.where(has_commit, consumed, np.nan), np.where(has_commit, produced, np.nan)


def _consumed(memory: ClusterMemory, now_ms: int, previous_ms: int | None) -> float | None:
    """Records that all groups consumed since the tick before, per second.

    None if that tick is missing, or if of all that groups read nothing is known in both.
    """
    if previous_ms is None or now_ms <= previous_ms:
        return None
    consumed, _ = memory.windows.rates(previous_ms)
    is_known = ~np.isnan(consumed)
    has_nothing_known = len(consumed) > 0 and not is_known.any()
    return None if has_nothing_known else known_or_none(consumed[is_known].sum())
