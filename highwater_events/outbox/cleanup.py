"""Deleting published rows after their retention, a bounded batch at a time."""

from django.db import connections

BATCH_ROWS = 5_000

# Bounded, so that it never holds locks for long nor floods the log; skips what another relay has.
DELETE_PUBLISHED = """
    DELETE FROM highwater_events_outbox WHERE position IN (
        SELECT position FROM highwater_events_outbox
        WHERE published_at < now() - make_interval(secs => %s)
        ORDER BY published_at LIMIT %s FOR UPDATE SKIP LOCKED
    )
"""


def delete_published(using: str, *, retention_hours: float, limit: int = BATCH_ROWS) -> int:
    """Delete up to `limit` rows published longer ago than that; the number deleted."""
    with connections[using].cursor() as cursor:
        cursor.execute(DELETE_PUBLISHED, [retention_hours * 3600, limit])
        return int(cursor.rowcount)
