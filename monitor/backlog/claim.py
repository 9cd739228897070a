"""Who probes an outbox in which slot: rows with leases, by our database's clock."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now

from monitor.models import OutboxSource, Tick

# Longer than the time limits of a probe's connection and its questions together.
LEASE = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to probe one source in one slot, until the lease runs out."""

    source_id: int
    slot_at: datetime
    token: UUID


def interval_seconds(source: OutboxSource) -> int:
    """Seconds between two samples of this source."""
    return source.sample_interval_seconds or int(settings.HIGHWATER_SAMPLE_INTERVAL)


def slot_of(now: datetime, seconds: int) -> datetime:
    """The start of the slot that `now` lies in."""
    return datetime.fromtimestamp(now.timestamp() // seconds * seconds, UTC)


def due() -> list[int]:
    """Ids of the enabled sources whose present slot nobody has claimed yet."""
    now = _database_time()
    slots = {
        source.pk: slot_of(now, interval_seconds(source))
        for source in OutboxSource.objects.filter(is_enabled=True)
    }
    claimed = Tick.objects.filter(
        source_id__in=slots, slot_at__gte=min(slots.values(), default=now)
    ).values_list("source_id", "slot_at")
    return sorted(slots.keys() - {pk for pk, slot_at in claimed if slots[pk] == slot_at})


def claim(source: OutboxSource) -> Claim | None:
    """Claim the present slot. None: another has it, or the last probe still runs (skipped)."""
    now = _database_time()
    Tick.objects.filter(source=source, state=Tick.State.CLAIMED, leased_until__lte=Now()).update(
        state=Tick.State.LOST
    )
    is_running = Tick.objects.filter(source=source, state=Tick.State.CLAIMED).exists()
    state = Tick.State.SKIPPED if is_running else Tick.State.CLAIMED
    slot_at = slot_of(now, interval_seconds(source))
    tick = Tick(
        source=source,
        slot_at=slot_at,
        token=uuid4(),
        state=state,
        claimed_at=now,
        leased_until=now if is_running else now + LEASE,
    )
    try:
        with transaction.atomic():
            tick.save(force_insert=True)
    except IntegrityError:  # the unique constraint of source and slot: somebody was faster
        return None
    return None if is_running else Claim(source.pk, slot_at, tick.token)


def _database_time() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        [now] = cursor.fetchone()
    assert isinstance(now, datetime)  # noqa: S101 # narrows the driver's Any
    return now
