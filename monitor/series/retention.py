"""Dropping old hours without stopping readers or writers.

A partition is detached CONCURRENTLY, which needs autocommit and waits for older readers, and is
dropped once nobody sees it. A detach that was cut short blocks all others until it is finalised,
so each run begins with those.
"""

import logging
from datetime import datetime, timedelta

from django.db import DatabaseError, connection

from monitor.series.partitions import TABLES, hour_of, start_of_hour

log = logging.getLogger(__name__)

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
_NAME = f"^({'|'.join(TABLES)})_[0-9]{{10}}$"


def drop_old(now: datetime, keep_hours: int, *, patience_ms: int = 10_000) -> list[str]:
    """Drop the partitions whose hour ended more than `keep_hours` ago; return their names.

    Needs autocommit. A reader that holds a partition for long makes the run stop there, and the
    next run goes on; another process that is at it makes this one do nothing. No single statement
    takes longer than `patience_ms`.
    """
    oldest_kept = start_of_hour(now) - timedelta(hours=keep_hours)
    dropped: list[str] = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return dropped
        try:
            cursor.execute("SELECT set_config('statement_timeout', %s, false)", [str(patience_ms)])
            for name, parent, is_pending in _partitions():
                if is_pending or hour_of(name) < oldest_kept:
                    _drop(name, parent, is_pending=is_pending)
                    dropped.append(name)
        except DatabaseError as problem:
            log.warning("old samples stay for now", extra={"problem": str(problem)})
        finally:
            cursor.execute("RESET statement_timeout")
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
    return dropped


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
