"""Who samples a cluster or an outbox in which slot: rows with leases, by the database's clock.

A cluster may be cut into shards, which claim their ticks apart. Two locks keep order, both of a
transaction: of the subject's row, which shards share and whoever deletes it or holds ticks off has
alone; and an advisory one of the shard, for its claims and for the tick that it stores.
"""

import os
import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.db.models import Q
from django.db.models.functions import Now

from monitor.errors import MonitorError
from monitor.models import Cluster, OutboxSource, Tick
from monitor.series import interval
from monitor.shards import ALL, Shard

TICKS_A_PURGE = 5_000

Clock = Callable[[], datetime]
Subject = Cluster | OutboxSource

_NEAR = ("shard", "shards", "slot_at", "state")
_LOCK = "hashtextextended(%s, 0)"
_COLUMNS: dict[type[Subject], str] = {Cluster: "cluster", OutboxSource: "source"}


class LeaseLostError(MonitorError):
    """The tick outlived its lease; another may hold its subject, so nothing is stored."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to sample one subject in one slot while the lease runs."""

    subject: Subject
    tick_id: int
    slot_at: datetime
    shard: Shard
    token: UUID
    lease: timedelta

    def renew(self) -> None:
        """Extend the lease by its length from now. Raises LeaseLostError."""
        self._change({"leased_until": Now() + self.lease})

    def update(self, **values: object) -> None:
        """Change the tick's row while it is ours. Raises LeaseLostError.

        The subject is kept until the caller's transaction ends.
        """
        with transaction.atomic():
            keep(self.subject)
            _hold(self.subject, self.shard.number)
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


def due(model: type[Subject]) -> list[tuple[int, int]]:
    """Whose present slot is nobody's yet: ids of enabled ones, with the number of the shard."""
    now, column = database_time(), f"{_COLUMNS[model]}_id"
    subjects = {
        subject.pk: subject
        for subject in model._default_manager.filter(is_enabled=True).select_related("state")
    }
    slots = {pk: slot_of(now, interval.asked(subject)) for pk, subject in subjects.items()}
    oldest = min((slots[pk] - interval.of(one) for pk, one in subjects.items()), default=now)
    # tick_cluster and tick_source: the newest slots of all subjects.
    newest = Tick.objects.filter(**{f"{column}__in": slots}, slot_at__gt=oldest)
    near: dict[int, list[Tick]] = {pk: [] for pk in subjects}
    for tick in newest.only(column, *_NEAR):
        near[getattr(tick, column)].append(tick)
    return [
        (pk, number)
        for pk, subject in sorted(subjects.items())
        for number in range(_shards(subject))
        if _is_open(subject, Shard(number, _shards(subject)), slots[pk], near[pk])
    ]


def claim(subject: Subject, clock: Clock, *, lease: timedelta, shard: int = 0) -> Claim | None:
    """Claim the present slot of one shard. Does not wait.

    None: another has it, holds the subject for a moment, or the last tick still runs (skipped). Nor
    is there one while a tick runs, or has run in this slot, that went by another number of shards:
    a group would be sampled by two.
    """
    owner = {_COLUMNS[type(subject)]: subject}
    with transaction.atomic():
        # Claims of one shard go one by one, or two slots could both see nothing running. Whoever
        # waited for a tick that is being stored would keep a thread from all other subjects.
        if not _lock(subject, "SHARE SKIP LOCKED"):  # deleted meanwhile, or busy: the next hint
            return None
        mine = Shard(shard, _shards_now(subject))
        if shard >= mine.of or not _try_hold(subject, shard):
            return None
        now = clock()
        slot_at = slot_of(now, interval.asked(subject))
        near = Tick.objects.filter(**owner, slot_at__gt=slot_at - interval.of(subject))
        if not _is_open(subject, mine, slot_at, near.only(*_NEAR)):
            return None
        running = _lose_expired_and_look(owner, mine, now)
        if running - {mine}:
            return None
        tick, is_new = Tick.objects.get_or_create(
            **owner,
            slot_at=slot_at,
            shard=shard,
            defaults={
                "shards": mine.of,
                "worker": this_worker(),
                "token": uuid4(),
                "state": Tick.State.SKIPPED if running else Tick.State.CLAIMED,
                "claimed_at": now,
                "leased_until": now if running else now + lease,
            },
        )
    if running or not is_new:
        return None
    return Claim(subject, tick.pk, tick.slot_at, mine, tick.token, lease)


def this_worker() -> str:
    """The process, as ticks name it."""
    return f"{socket.gethostname()}:{os.getpid()}"[-100:]


def keep(subject: Subject) -> bool:
    """Keep the subject from being deleted until the caller's transaction ends; False if it is gone.

    Whoever deletes it locks it first, so this comes before any other row is locked, or the two
    would wait for each other. Ticks go on.
    """
    return _lock(subject, "KEY SHARE")


def hold_off(subject: Subject) -> bool:
    """Keep ticks of the subject from beginning until the caller's transaction ends.

    False if one runs, for it may go by anything that it read of the subject; or if that is gone.
    """
    if not _lock(subject, "UPDATE"):
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


def _is_open(subject: Subject, mine: Shard, slot_at: datetime, near: Iterable[Tick]) -> bool:
    """Whether a slot is left to the shard by the ticks about it.

    Slots are those of the asked interval, so that they stay where they are when it widens; then a
    tick takes all that begin within the interval in force. One that was skipped takes its own only.
    A slot that one shard has begun is open to the others, so that they keep together.
    """
    in_slot = {Shard(tick.shard, tick.shards) for tick in near if tick.slot_at == slot_at}
    if in_slot:
        return mine not in in_slot and all(one.of == mine.of for one in in_slot)
    begun = (tick.slot_at for tick in near if tick.state != Tick.State.SKIPPED)
    begins = (slot_of(one, interval.asked(subject)) for one in begun)
    return not any(slot_at - interval.of(subject) < one <= slot_at for one in begins)


def _shards(subject: Subject) -> int:
    return subject.shards if isinstance(subject, Cluster) else ALL.of


def _shards_now(subject: Subject) -> int:
    """As committed by now; locked against change by the caller."""
    if isinstance(subject, Cluster):
        subject.refresh_from_db(fields=["shards"])
    return _shards(subject)


def _lock(subject: Subject, strength: str) -> bool:
    """Lock the subject's row in one of Postgres' modes; False if it is gone, or is skipped."""
    table = connection.ops.quote_name(subject._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT FROM {table} WHERE id = %s FOR {strength}", [subject.pk])
        return bool(cursor.rowcount == 1)


def _hold(subject: Subject, shard: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock({_LOCK})", [_lock_name(subject, shard)])


def _try_hold(subject: Subject, shard: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_xact_lock({_LOCK})", [_lock_name(subject, shard)])
        return bool(cursor.fetchone()[0])


def _lock_name(subject: Subject, shard: int) -> str:
    return f"highwater tick {_COLUMNS[type(subject)]} {subject.pk} {shard}"


def _lose_expired_and_look(owner: dict[str, Subject], mine: Shard, now: datetime) -> set[Shard]:
    """Ticks whose lease ran out are lost, a gap for their subjects; which others still run?

    Of this shard, and of any by another number of them, which nobody else would look after.
    """
    claimed = Tick.objects.filter(
        ~Q(shards=mine.of) | Q(shard=mine.number), **owner, state=Tick.State.CLAIMED
    )
    claimed.filter(leased_until__lte=now).update(state=Tick.State.LOST)
    return {Shard(number, of) for number, of in claimed.values_list("shard", "shards")}
