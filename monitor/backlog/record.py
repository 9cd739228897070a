"""Stores what a probe found: sample, state, change of status and done mark in one transaction."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models.functions import Now

from monitor.backlog.evaluate import PastSample, Rates, Verdict
from monitor.models import OutboxSource, OutboxState, StatusChange, Tick
from monitor.outboxes.reading import BacklogReading, Counters
from monitor.ticks import Claim
from monitor.values import Status

# Stores one sample of a backlog.
_INSERT = """
INSERT INTO monitor_backlog_sample (sampled_at, source_id, depth, depth_is_exact,
    oldest_age_seconds, by_type, inserted_per_second, published_per_second, failed, dead_tuples)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
# The judgement's window: a source's samples since a moment, oldest first, by the primary key.
_PAST = """
SELECT sampled_at, depth, published_per_second FROM monitor_backlog_sample
WHERE source_id = %s AND sampled_at >= %s AND sampled_at < %s ORDER BY sampled_at
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """A successful probe, judged. Seconds are those that its steps took."""

    reading: BacklogReading
    rates: Rates
    verdict: Verdict
    read_seconds: float
    judge_seconds: float


def past_samples(source_id: int, *, before: datetime, span: timedelta) -> list[PastSample]:
    """The samples of `span` before a moment, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(_PAST, [source_id, before - span, before])
        return [PastSample(*row) for row in cursor.fetchall()]


def last_counters(state: OutboxState) -> Counters | None:
    """The counters of the last sample; None before the first."""
    stored = state.counters
    if not stored:
        return None
    reset_at = stored["stats_reset_at"]
    return Counters(
        read_at=datetime.fromisoformat(stored["read_at"]),
        position=stored["position"],
        inserted_total=stored["inserted_total"],
        stats_reset_at=datetime.fromisoformat(reset_at) if reset_at else None,
    )


def store(claim: Claim, state: OutboxState, measured: Measured) -> None:
    """Store a sample. Raises LeaseLostError, having stored nothing, when the claim ran out."""
    with transaction.atomic():
        claim.update(
            state=Tick.State.DONE,
            done_at=Now(),
            read_seconds=measured.read_seconds,
            judge_seconds=measured.judge_seconds,
        )
        _insert_sample(claim, state, measured)
        _turn(claim, state, measured.verdict)
        _update_state(claim, state, measured)


def store_failure(claim: Claim, state: OutboxState, problem: str) -> None:
    """Store that the source cannot be read: no sample, so its series has a gap.

    The last numbers stay beside the moment they were read; only the status turns UNKNOWN.
    """
    with transaction.atomic():
        claim.update(state=Tick.State.FAILED, done_at=Now(), error=problem, reading_errors=1)
        _turn(claim, state, Verdict(Status.UNKNOWN, problem))
        OutboxState.objects.filter(pk=state.pk).update(
            unreachable_since=state.unreachable_since or claim.slot_at, last_error=problem
        )


def _insert_sample(claim: Claim, state: OutboxState, measured: Measured) -> None:
    reading, rates = measured.reading, measured.rates
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            [
                claim.slot_at,
                state.source_id,
                reading.depth,
                reading.depth_is_exact,
                reading.oldest_age_seconds,
                json.dumps(dict(reading.by_type)),
                rates.inserted_per_second,
                rates.published_per_second,
                reading.failed,
                reading.dead_tuples,
            ],
        )


def _turn(claim: Claim, state: OutboxState, verdict: Verdict) -> None:
    columns: dict[str, object] = {"status": verdict.status, "status_reason": verdict.reason}
    is_first = state.status_since is None
    if is_first or state.status != verdict.status:
        columns["status_since"] = claim.slot_at
        StatusChange.objects.create(
            at=claim.slot_at,
            source_id=state.source_id,
            before="" if is_first else state.status,
            after=verdict.status,
            reason=verdict.reason,
        )
    OutboxState.objects.filter(pk=state.pk).update(**columns)


def _update_state(claim: Claim, state: OutboxState, measured: Measured) -> None:
    reading, rates = measured.reading, measured.rates
    OutboxState.objects.filter(pk=state.pk).update(
        sampled_at=claim.slot_at,
        previous_sampled_at=state.sampled_at,
        depth=reading.depth,
        depth_is_exact=reading.depth_is_exact,
        oldest_age_seconds=reading.oldest_age_seconds,
        failed=reading.failed,
        inserted_per_second=rates.inserted_per_second,
        published_per_second=rates.published_per_second,
        by_type=dict(reading.by_type),
        probe_seconds=measured.read_seconds,
        counters=_stored_counters(reading.counters),
        unreachable_since=None,
        last_error="",
    )


def _stored_counters(counters: Counters) -> dict[str, object]:
    reset_at = counters.stats_reset_at
    return {
        "read_at": counters.read_at.isoformat(),
        "position": counters.position,
        "inserted_total": counters.inserted_total,
        "stats_reset_at": reset_at.isoformat() if reset_at else None,
    }


def new_state(source: OutboxSource) -> OutboxState:
    """The source's state as of now, made before its first sample."""
    return OutboxState.objects.get_or_create(source=source)[0]
