"""Dropping what is over without stopping readers or writers.

A partition is detached CONCURRENTLY, which needs autocommit and waits for older readers, and is
dropped once nobody sees it. A detach that was cut short blocks the others of its table until it is
finalised, so each run begins with those.
"""

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import DatabaseError, connection

from monitor.series.partitions import (
    BLOCKS,
    GRAINS,
    HOUR,
    OPEN,
    SUMMARIES,
    Grain,
    hours_with_samples,
    open_hours,
    start_of_hour,
)
from monitor.series.sealed import forget_sealed, sealed_hours

log = logging.getLogger(__name__)

GRACE = timedelta(minutes=1)
EMPTY_FOR = timedelta(days=1)

_LOCK = 0x4869_6769

# Our partitions with their parent (null once detached) and whether a detach was cut short.
_PARTITIONS = """
    SELECT child.relname, parent.relname, coalesce(link.inhdetachpending, false)
    FROM pg_class child
    LEFT JOIN pg_inherits link ON link.inhrelid = child.oid
    LEFT JOIN pg_class parent ON parent.oid = link.inhparent
    WHERE child.relnamespace = current_schema()::regnamespace AND child.relkind = 'r'
      AND child.relname ~ %s
    ORDER BY link.inhdetachpending DESC NULLS LAST, child.relname
"""
_NAME = f"^({'|'.join(table for grain in GRAINS for table in grain.tables)})_[0-9]+$"


@dataclass(frozen=True, slots=True)
class Keep:
    """How long what is kept.

    Open hours go once they and the next are sealed, `after_sealing` after their end; not sealed,
    they stay for `open_hours`, and then go with an error in the log. Those without samples are
    never sealed and go a day after their end.
    """

    open_hours: int
    after_sealing: timedelta
    block_days: int
    summary_days: int


@dataclass(slots=True)
class Dropped:
    """What a run did; `stuck` names what somebody still reads, for the next run."""

    names: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)


def drop_old(now: datetime, keep: Keep, *, patience_ms: int = 2_000) -> Dropped:
    """Drop the partitions that are over.

    Needs autocommit. Where a reader holds a partition for longer than `patience_ms`, its table is
    left to the next run and the others go on; another process that is at it makes this one do
    nothing.
    """
    dropped = Dropped()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return dropped
        try:
            cursor.execute("SELECT set_config('statement_timeout', %s, false)", [str(patience_ms)])
            _drop_over(_Over(now, keep), dropped)
        finally:
            cursor.execute("RESET statement_timeout")
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
    forget_sealed(now - timedelta(days=keep.summary_days + SUMMARIES.longest.days))
    return dropped


class _Over:
    """Which partitions are over."""

    def __init__(self, now: datetime, keep: Keep) -> None:
        self._now, self._keep = now, keep
        self._oldest_open = start_of_hour(now) - timedelta(hours=keep.open_hours)
        # A reader that saw an hour as open a moment ago still reads its open rows.
        hours = open_hours()
        oldest = min(hours, default=now)
        self._sealed = sealed_hours(oldest, now, before=now - GRACE)

        unsealed = [hour for hour in hours if hour not in self._sealed]
        self._empty = set(unsealed) - set(hours_with_samples(unsealed))

    def is_over(self, name: str) -> bool:
        table, _, digits = name.rpartition("_")
        grain = next(grain for grain in GRAINS if table in grain.tables)
        start = grain.start_in(digits)
        return self._is_open_over(start) if grain is OPEN else self._is_past(grain, start)

    def _is_open_over(self, hour: datetime) -> bool:
        over_for = self._now - (hour + HOUR)
        if hour < self._oldest_open:
            if hour not in self._sealed | self._empty:
                log.error("samples that could not be sealed are dropped", extra={"hour": hour})
            return True
        if hour in self._empty:
            return over_for >= EMPTY_FOR
        # The next hour's first samples need this one's last, to tell what moved.
        is_next_done = hour + HOUR in self._sealed or (
            hour + HOUR in self._empty and over_for >= 2 * HOUR
        )
        return hour in self._sealed and is_next_done and over_for >= self._keep.after_sealing

    def _is_past(self, grain: Grain, start: datetime) -> bool:
        days = self._keep.block_days if grain is BLOCKS else self._keep.summary_days
        return grain.end_of(start) <= self._now - timedelta(days=days)


def _drop_over(over: _Over, dropped: Dropped) -> None:
    stuck = set[str | None]()
    for name, parent, is_pending in _partitions():
        if not is_pending and not over.is_over(name):
            continue
        if parent is not None and parent in stuck:
            dropped.stuck.append(name)
            continue
        try:
            _drop(name, parent, is_pending=is_pending)
            dropped.names.append(name)
        except DatabaseError as problem:
            stuck.add(parent)
            dropped.stuck.append(name)
            log.info("somebody reads what is over", extra={"of": name, "problem": str(problem)})


def _partitions() -> list[tuple[str, str | None, bool]]:
    with connection.cursor() as cursor:
        cursor.execute(_PARTITIONS, [_NAME])
        return list(cursor.fetchall())


def _drop(name: str, parent: str | None, *, is_pending: bool) -> None:
    with connection.cursor() as cursor:
        if parent:
            how = "FINALIZE" if is_pending else "CONCURRENTLY"
            cursor.execute(f"ALTER TABLE {parent} DETACH PARTITION {name} {how}")
        cursor.execute(f"DROP TABLE {name}")
