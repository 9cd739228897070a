"""One sampling pass of one outbox: claim, probe, judge, store, tell."""

import logging
from datetime import timedelta
from time import perf_counter

from monitor import broadcast, ticks
from monitor.backlog import record
from monitor.backlog.evaluate import STALLED_AFTER_SECONDS, judge, rates_since
from monitor.backlog.message import outbox_message
from monitor.errors import ConfigurationError, SourceUnreachableError
from monitor.models import OutboxSource, OutboxState, Tick
from monitor.outboxes import probe
from monitor.outboxes.connections import connect
from monitor.outboxes.presets.highwater import HIGHWATER
from monitor.outboxes.reading import BacklogReading, Counters
from monitor.series import interval
from monitor.series.partitions import ensure_hour
from monitor.ticks import Claim, LeaseLostError, database_time

log = logging.getLogger(__name__)

# A rate over more intervals than this would smear an outage over one point of the chart.
MAX_GAP_INTERVALS = 3
# Longer than the time limits of a probe's connection and its questions together.
LEASE = timedelta(seconds=20)


def due() -> list[int]:
    """Ids of the enabled outboxes whose present slot nobody has claimed yet."""
    return [pk for pk, _ in ticks.due(OutboxSource)]


def measure(source_id: int) -> Tick.State | None:
    """Probe one outbox and store the sample; return what became of the tick.

    None when the source is gone or disabled, when another worker has the slot, or when the last
    probe still runs. Blocks for the connection's time limits at most. A source that cannot be
    read is a recorded state, never an exception.
    """
    source = OutboxSource.objects.filter(pk=source_id, is_enabled=True).first()
    claimed = ticks.claim(source, database_time, lease=LEASE) if source else None
    if source is None or claimed is None:
        return None
    state = record.new_state(source)
    try:
        _measure(source, claimed, state)
        outcome = Tick.State.DONE
    except (SourceUnreachableError, ConfigurationError) as problem:
        outcome = _fail(source, claimed, state, str(problem))
    except LeaseLostError:
        log.warning("a probe outlived its lease", extra={"outbox": source.name})
        return Tick.State.LOST
    _tell(source, claimed, state)
    return outcome


def _measure(source: OutboxSource, claimed: Claim, state: OutboxState) -> None:
    before = record.last_counters(state)
    max_gap = MAX_GAP_INTERVALS * interval.of(source)
    ensure_hour(claimed.slot_at)
    started = perf_counter()
    reading = _probe(source, before)
    read = perf_counter()
    rates = rates_since(before, reading, max_gap_seconds=max_gap.total_seconds())
    past = record.past_samples(
        source.pk,
        before=claimed.slot_at,
        span=max(timedelta(seconds=2 * STALLED_AFTER_SECONDS), max_gap),
    )
    verdict = judge(reading, rates, past, now=claimed.slot_at)
    judged = perf_counter()
    record.store(
        claimed,
        state,
        record.Measured(reading, rates, verdict, read - started, judged - read),
    )


def _probe(source: OutboxSource, before: Counters | None) -> BacklogReading:
    with connect(source.dsn_reference) as connection:
        return probe.read(
            connection,
            source.table_name,
            preset=HIGHWATER,
            since=before.read_at if before else None,
        )


def _fail(source: OutboxSource, claimed: Claim, state: OutboxState, problem: str) -> Tick.State:
    if state.unreachable_since is None:
        log.warning("an outbox cannot be read", extra={"outbox": source.name, "problem": problem})
    try:
        record.store_failure(claimed, state, problem)
    except LeaseLostError:
        return Tick.State.LOST
    return Tick.State.FAILED


def _tell(source: OutboxSource, claimed: Claim, state: OutboxState) -> None:
    previous_at = state.sampled_at
    state.refresh_from_db()
    broadcast.send([outbox_message(source, state, at=claimed.slot_at, previous_at=previous_at)])
