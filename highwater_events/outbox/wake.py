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


class Ear:
    """Hears what is said to relays, on the connection of the thread that waits."""

    def __init__(self, using: str) -> None:
        self._using = using
        self._heard_on: object = None

    def wait(self, timeout_seconds: float) -> str | None:
        """What was said first, or null after the time-out. Raises OperationalError.

        A connection that is new, as after an outage, is made to hear first; then anything may have
        been said in the meantime, and SHARDS comes back at once: look for all of it.
        """
        connection = connections[self._using]
        connection.ensure_connection()
        raw = cast("psycopg.Connection[object]", connection.connection)
        if raw is not self._heard_on:
            with connection.cursor() as cursor:
                cursor.execute(f"LISTEN {CHANNEL}")
            self._heard_on = raw
            return SHARDS
        with connection.wrap_database_errors:
            heard = [each.payload for each in raw.notifies(timeout=timeout_seconds, stop_after=1)]
        return heard[0] if heard else None
