"""How relays are woken: NOTIFY, which Postgres sends when a transaction commits."""

from typing import cast

import psycopg
from django.db import connections

CHANNEL = "highwater_events_outbox"
ROWS, SHARDS = "rows", "shards"


def notify_relays(using: str, what: str = ROWS) -> None:
    """Say, when the present transaction commits, that rows or shards wait to be taken.

    However often it is said in one transaction, relays hear it once.
    """
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, what])


def listen(using: str) -> None:
    """Have this connection hear from now on."""
    with connections[using].cursor() as cursor:
        cursor.execute(f"LISTEN {CHANNEL}")


def wait(using: str, timeout_seconds: float) -> str | None:
    """What was said first, or null after the time-out. Raises OperationalError."""
    connection = connections[using]
    connection.ensure_connection()
    raw = cast("psycopg.Connection[object]", connection.connection)
    with connection.wrap_database_errors:
        heard = [each.payload for each in raw.notifies(timeout=timeout_seconds, stop_after=1)]
    return heard[0] if heard else None
