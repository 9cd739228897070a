"""Rates and status of a backlog. Pure: no clock, no I/O; unknown is None, never zero."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.outboxes.reading import BacklogReading, Counters
from monitor.values import Status

OLDEST_AGE_WARN_SECONDS = 300.0
STALLED_AFTER_SECONDS = 60.0
STALLED_AFTER_SAMPLES = 3


@dataclass(frozen=True, slots=True)
class Rates:
    """Rows a second since the last probe."""

    inserted_per_second: float | None = None
    published_per_second: float | None = None


@dataclass(frozen=True, slots=True)
class PastSample:
    """An earlier sample, as far as the judgement needs it."""

    at: datetime
    depth: int | None
    published_per_second: float | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """OK, WARN or UNKNOWN, with the sentence that says why."""

    status: Status
    reason: str


def rates_since(
    before: Counters | None, reading: BacklogReading, *, max_gap_seconds: float
) -> Rates:
    """Rates over the time since `before`; unknown on the first probe and across a gap."""
    if before is None:
        return Rates()
    seconds = (reading.counters.read_at - before.read_at).total_seconds()
    if not 0 < seconds <= max_gap_seconds:
        return Rates()
    return Rates(
        inserted_per_second=_per_second(_inserted(before, reading.counters), seconds),
        published_per_second=_per_second(reading.published, seconds),
    )


def judge(
    reading: BacklogReading, rates: Rates, past: Sequence[PastSample], *, now: datetime
) -> Verdict:
    """Status of a backlog; `past` is oldest first. The first rule that holds decides.

    1. Nothing pending is OK, whatever else is unknown.
    2. A pending row older than five minutes is WARN: events are late, even if some go out.
    3. Rows pending and none published for a minute and three samples is WARN: the relay stands.
    4. Rows pending whose age is unknown is UNKNOWN.
    5. Otherwise OK.
    """
    if reading.depth == 0:
        return Verdict(Status.OK, "Nothing is waiting.")
    age = reading.oldest_age_seconds
    waiting = _rows(reading)
    if age is not None and age > OLDEST_AGE_WARN_SECONDS:
        return Verdict(Status.WARN, f"The oldest of {waiting} has waited {_duration(age)}.")
    stalled_seconds = _stalled_seconds(rates, past, now)
    if stalled_seconds is not None:
        return Verdict(
            Status.WARN,
            f"{waiting} waiting, and none published for {_duration(stalled_seconds)}: "
            "does the relay run?",
        )
    if age is None:
        return Verdict(Status.UNKNOWN, f"{waiting} waiting; the age of the oldest is not known.")
    return Verdict(Status.OK, f"The oldest of {waiting} has waited {_duration(age)}.")


def _inserted(before: Counters, now: Counters) -> int | None:
    """By position, which no reset touches; by the statistics where clean-up took the newest row.

    Both count rows of transactions that were rolled back.
    """
    by_position = _difference(before.position, now.position)
    if by_position is not None:
        return by_position
    if before.stats_reset_at != now.stats_reset_at:
        return None
    return _difference(before.inserted_total, now.inserted_total)


def _difference(before: int | None, now: int | None) -> int | None:
    if before is None or now is None or now < before:
        return None
    return now - before


def _per_second(rows: int | None, seconds: float) -> float | None:
    return None if rows is None else rows / seconds


def _stalled_seconds(rates: Rates, past: Sequence[PastSample], now: datetime) -> float | None:
    """How long rows have been waiting with none published; None while too short to tell."""
    if rates.published_per_second != 0:
        return None
    since, samples = now, 1
    for sample in reversed(past):
        if not sample.depth or sample.published_per_second != 0:
            break
        since, samples = sample.at, samples + 1
    seconds = (now - since).total_seconds()
    if samples < STALLED_AFTER_SAMPLES or seconds < STALLED_AFTER_SECONDS:
        return None
    return seconds


def _rows(reading: BacklogReading) -> str:
    about = "" if reading.depth_is_exact else "about "
    return f"{about}{reading.depth:,} {'row' if reading.depth == 1 else 'rows'}"


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{max(seconds, 0):.0f} s"
    minutes = int(seconds // 60)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"
