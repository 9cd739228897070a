"""Who samples a cluster or an outbox in which slot: rows with leases, by the database's clock."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.db.models.functions import Now

from monitor.errors import MonitorError
from monitor.models import Cluster, OutboxSource, Tick
from monitor.series import interval

TICKS_A_PURGE = 5_000

Clock = Callable[[], datetime]
Subject = Cluster | OutboxSource

_COLUMNS: dict[type[Subject], str] = {Cluster: "cluster", OutboxSource: "source"}


class LeaseLostError(MonitorError):
    """The tick outlived its lease; another may hold its subject, so nothing is stored."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to sample one subject in one slot while the lease runs."""

    subject: Subject
    tick_id: int
    slot_at: datetime
    shard: int
    token: UUID
    lease: timedelta

    def renew(self) -> None:
        """Extend the lease by its length from now. Raises LeaseLostError."""
        self._change({"leased_until": Now() + self.lease})

    def update(self, **values: object) -> None:
        """Change the tick's row while it is ours. Raises LeaseLostError.

        The subject is locked until the caller's transaction ends, and before any other row: whoever
        deletes it locks it first too, or the two would wait for each other.
        """
        with transaction.atomic():
            _lock(self.subject)
            self._change(values)

    def _change(self, values: Mapping[str, object]) -> None:
        mine = Tick.objects.filter(
            pk=self.tick_id,
            token=self.token,
            state=Tick.State.CLAIMED,
            leased_until__gt=Now(),
        )
        if not mine.update(**values):
            raise LeaseLostError(f"The tick of {self.slot_at:%H:%M:%S} outlived its lease.")


def slot_of(now: datetime, every: timedelta) -> datetime:
    """The start of the slot that `now` lies in; slots are counted from the epoch."""
    seconds = int(every.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)


def due(model: type[Subject]) -> list[int]:
    """Ids of the enabled clusters or outboxes whose present slot is nobody's yet."""
    now, column = database_time(), f"{_COLUMNS[model]}_id"
    subjects = {
        subject.pk: subject
        for subject in model._default_manager.filter(is_enabled=True).select_related("state")
    }
    slots = {pk: slot_of(now, interval.asked(subject)) for pk, subject in subjects.items()}
    oldest = min((slots[pk] - interval.of(one) for pk, one in subjects.items()), default=now)
    # tick_cluster and tick_source: the newest slots of all subjects.
    newest = Tick.objects.filter(**{f"{column}__in": slots}, slot_at__gt=oldest).values_list(
        column, "slot_at", "state"
    )
    taken = {pk for pk, slot_at, state in newest if _takes(subjects[pk], slots[pk], slot_at, state)}
    return sorted(slots.keys() - taken)


def claim(subject: Subject, clock: Clock, *, lease: timedelta, shard: int = 0) -> Claim | None:
    """Claim the present slot. Does not wait.

    None: another has it, holds the subject for a moment, or the last tick still runs (skipped).
    """
    owner = {_COLUMNS[type(subject)]: subject}
    with transaction.atomic():
        # Claims of one subject go one by one, or two slots could both see nothing running. Whoever
        # waited for a tick that is being stored would keep a thread from all other subjects.
        if not _lock(subject, skip_locked=True):  # deleted meanwhile, or busy: the next hint tries
            return None
        now = clock()
        slot_at = slot_of(now, interval.asked(subject))
        if _is_taken(subject, owner, shard, slot_at):
            return None
        is_running = _lose_expired_and_look(owner, shard, now)
        tick, is_new = Tick.objects.get_or_create(
            **owner,
            slot_at=slot_at,
            shard=shard,
            defaults={
                "token": uuid4(),
                "state": Tick.State.SKIPPED if is_running else Tick.State.CLAIMED,
                "claimed_at": now,
                "leased_until": now if is_running else now + lease,
            },
        )
    if is_running or not is_new:
        return None
    return Claim(subject, tick.pk, tick.slot_at, shard, tick.token, lease)


def hold_off(subject: Subject) -> bool:
    """Keep ticks of the subject from beginning until the caller's transaction ends.

    False if one runs, for it may go by anything that it read of the subject; or if that is gone.
    """
    if not _lock(subject):
        return False
    running = Tick.objects.filter(state=Tick.State.CLAIMED, leased_until__gt=Now())
    return not running.filter(**{_COLUMNS[type(subject)]: subject}).exists()


def database_time() -> datetime:
    """The clock that slots and leases go by."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
        return now


def purge_ticks(before: datetime) -> int:
    """Delete old ticks, a bounded share of each subject's; return how many."""
    deleted = 0
    for model, column in _COLUMNS.items():
        for pk in model._default_manager.values_list("pk", flat=True):
            # tick_cluster and tick_source: the oldest slots of a subject.
            old = Tick.objects.filter(**{column: pk}, slot_at__lt=before).order_by("slot_at")
            share = list(old.values_list("pk", flat=True)[:TICKS_A_PURGE])
            deleted += Tick.objects.filter(pk__in=share).delete()[0]
    return deleted


def _takes(subject: Subject, slot_at: datetime, other: datetime, state: str) -> bool:
    """Whether the tick of another slot leaves this one to nobody.

    Slots are those of the asked interval, so that they stay where they are when it widens; then a
    tick takes all that begin within the interval in force. One that was skipped takes its own only.
    """
    if state == Tick.State.SKIPPED:
        return other == slot_at
    begins = slot_of(other, interval.asked(subject))
    return slot_at - interval.of(subject) < begins <= slot_at


def _is_taken(subject: Subject, owner: dict[str, Subject], shard: int, slot_at: datetime) -> bool:
    since = slot_at - interval.of(subject)
    near = Tick.objects.filter(**owner, shard=shard, slot_at__gt=since)
    return any(_takes(subject, slot_at, *row) for row in near.values_list("slot_at", "state"))


def _lock(subject: Subject, *, skip_locked: bool = False) -> bool:
    """Hold the subject's row against claims and deletion; False if it is gone, or is skipped."""
    rows = type(subject)._default_manager.select_for_update(no_key=True, skip_locked=skip_locked)
    return rows.filter(pk=subject.pk).first() is not None


def _lose_expired_and_look(owner: dict[str, Subject], shard: int, now: datetime) -> bool:
    """Ticks whose lease ran out are lost, a gap for their subjects; is one still running?"""
    claimed = Tick.objects.filter(**owner, shard=shard, state=Tick.State.CLAIMED)
    claimed.filter(leased_until__lte=now).update(state=Tick.State.LOST)
    return claimed.exists()
