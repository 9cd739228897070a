"""Sealing: an hour's open samples folded into a block and a summary for each subject.

1. Wait until the hour is over for some minutes and no tick of it runs any more.
2. In one transaction, by one process at a time: refuse late samples, then fold and compare, and
   count that no open row was left out.
3. The row of `monitor_sealed_hour` commits with all of that. A fold that fails or is killed leaves
   nothing behind, and the open rows are read as before; the next run tries again.

What the catalogue has no more is left out: nobody can ask for it.
"""

import logging
from datetime import datetime, timedelta
from time import perf_counter

from django.db import DatabaseError, connection, transaction
from django.db.models.functions import Now

from monitor.errors import BlockError, SealError
from monitor.models import Tick
from monitor.series.fold import Folded, fold
from monitor.series.partitions import (
    HOUR,
    TABLES,
    ensure_sealed_partitions,
    hours_with_samples,
    open_hours,
    partition_name,
)
from monitor.series.sealed import is_sealed, mark_sealed, sealed_hours

log = logging.getLogger(__name__)

SEAL_AFTER = timedelta(minutes=5)
# An hour that waits longer than this is told by /readyz.
SEALED_WITHIN = timedelta(hours=1)

_LOCK = 0x4869_676A

# Open rows of an hour whose subject is in the catalogue.
_COUNTS = {
    "monitor_head_sample": "topic_id IN (SELECT id FROM monitor_topic)",
    "monitor_lag_sample": "group_topic_id IN (SELECT id FROM monitor_grouptopic)",
    "monitor_backlog_sample": "source_id IN (SELECT id FROM monitor_outboxsource)",
}
# What an open row is told from the others by, where it is not its primary key.
_TOLD_APART = {"monitor_lag_sample": "count(DISTINCT (group_topic_id, sampled_at))"}


def seal_due(now: datetime) -> list[datetime]:
    """Seal every hour that is due, oldest first; return those that this call sealed.

    An hour that cannot be sealed is logged and does not hold up the others.
    """
    sealed = []
    for hour in due_hours(now):
        try:
            if seal(hour):
                sealed.append(hour)
        except (SealError, BlockError, DatabaseError) as problem:
            log.error("an hour stays open", extra={"hour": hour, "problem": str(problem)})
    return sealed


def due_hours(now: datetime) -> list[datetime]:
    """The open hours that are over for some minutes and not sealed, oldest first.

    One without samples is left out: if a clock that ran ahead is set back, it is still to come, and
    a sealed hour would refuse its samples.
    """
    over = [hour for hour in open_hours() if hour + HOUR + SEAL_AFTER <= now]
    sealed = sealed_hours(over[0], over[-1] + HOUR) if over else set()
    return hours_with_samples([hour for hour in over if hour not in sealed])


def overdue_hours(now: datetime) -> list[datetime]:
    """Those that should have been sealed long ago: upkeep does not run, or cannot seal them."""
    return [hour for hour in due_hours(now) if hour + HOUR + SEALED_WITHIN <= now]


def seal(hour: datetime) -> bool:
    """Seal one hour, all of it or nothing. False: it is sealed, another is at it, or a tick runs.

    Raises SealError or BlockError where what was stored is not what was read, and Django's
    database errors.
    """
    began = perf_counter()
    ensure_sealed_partitions(hour)
    # COPY and binary cursors go past Django, which would give their errors its own names.
    with connection.wrap_database_errors, transaction.atomic():
        if not _is_ours() or is_sealed(hour) or _has_running_tick(hour):
            return False
        _refuse_late_samples(hour)
        _sort_in_memory()
        folded = fold(hour)
        _count(hour, folded)
        samples = sum(folded.samples.values())
        mark_sealed(hour, subjects=folded.subjects, samples=samples)
    seconds = round(perf_counter() - began, 3)
    found = {"hour": hour, "subjects": folded.subjects, "samples": samples, "seconds": seconds}
    log.info("an hour is sealed", extra=found)
    return True


def _is_ours() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        return bool(cursor.fetchone()[0])


def _has_running_tick(hour: datetime) -> bool:
    # tick_running: what still runs, of any subject.
    running = Tick.objects.filter(state=Tick.State.CLAIMED, leased_until__gt=Now())
    return running.filter(slot_at__gte=hour, slot_at__lt=hour + HOUR).exists()


def _refuse_late_samples(hour: datetime) -> None:
    """From now on a sample of this hour is an error, if this transaction commits.

    It waits for whoever writes to the hour, and lets readers be.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '5s'")
        for table in TABLES:
            name = partition_name(table, hour)
            cursor.execute("SELECT to_regclass(%s)", [name])
            if cursor.fetchone()[0] is not None:
                cursor.execute(
                    f"CREATE TRIGGER refuse_late BEFORE INSERT ON {name}"
                    " FOR EACH ROW EXECUTE FUNCTION monitor_refuse_late_sample()"
                )


def _sort_in_memory() -> None:
    """A share's rows are some 20 MB; by default they would be sorted on disk."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '64MB'")


def _count(hour: datetime, folded: Folded) -> None:
    """Whether as many rows were folded as there are."""
    for table in _COUNTS:
        read = folded.samples.get(table, 0)
        stored = _rows(table, hour, "count(*)")
        if stored != read and table in _TOLD_APART:
            stored = _rows(table, hour, _TOLD_APART[table])
        if stored != read:
            raise SealError(f"{table} has {stored} rows of {hour:%F %H:00}, {read} were folded.")


def _rows(table: str, hour: datetime, count: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {count} FROM {table}"  # noqa: S608 # our own names
            f" WHERE sampled_at >= %s AND sampled_at < %s AND {_COUNTS[table]}",
            [hour, hour + HOUR],
        )
        return int(cursor.fetchone()[0])
