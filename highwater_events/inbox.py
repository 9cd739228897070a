"""Effects exactly once: a handler notes the message it handles in the transaction of its effects.

Brokers deliver at least once. A second delivery finds the note and changes nothing; a handler that
fails takes its note back with its transaction. Entries must outlive the longest replay.
"""

import uuid
from datetime import timedelta

from django.db import Error, InterfaceError, OperationalError, connections, transaction

from highwater_events.errors import NotInTransactionError

# A second transaction with the same key waits for the first to end, then inserts nothing.
NOTE = """
    INSERT INTO highwater_events_inbox (consumer, message_id) VALUES (%s, %s)
    ON CONFLICT DO NOTHING
"""

# Bounded, so that it never holds locks for long nor floods the log; skips what another one has.
FORGET = """
    DELETE FROM highwater_events_inbox WHERE (consumer, message_id) IN (
        SELECT consumer, message_id FROM highwater_events_inbox
        WHERE handled_at < now() - make_interval(secs => %s)
        ORDER BY handled_at LIMIT %s FOR UPDATE SKIP LOCKED
    )
"""

# Classes of SQLSTATE (and single states) that put the database at fault, not the record: it is
# away, takes no more connections, its disk is full, or it lets nobody write (a full one, often).
OUTAGE_STATES = ("08", "57P", "53300", "53100", "25006")


def is_first_delivery(consumer: str, message_id: uuid.UUID, *, using: str = "default") -> bool:
    """Note the message for `consumer`; False where it is noted already: then do nothing.

    Raises NotInTransactionError outside a transaction, where note and effect could part.
    """
    connection = connections[using]
    if not connection.in_atomic_block:
        raise NotInTransactionError(
            "is_first_delivery() must be called within transaction.atomic(), with the effects."
        )
    with connection.cursor() as cursor:
        cursor.execute(NOTE, [consumer, message_id])
        return bool(cursor.rowcount)


def forget_handled(older_than: timedelta, *, limit: int = 5_000, using: str = "default") -> int:
    """Delete up to `limit` entries handled longer ago than that; the number deleted."""
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute(FORGET, [older_than.total_seconds(), limit])
        return int(cursor.rowcount)


def is_database_outage(error: Exception) -> bool:
    """Whether the database was away or full: waiting helps, and the record is not to blame."""
    if not isinstance(error, Error):
        return False
    state = getattr(error.__cause__, "sqlstate", None)
    if state is None:
        # No server answered: refused, closed, timed out.
        return isinstance(error, OperationalError | InterfaceError)
    return bool(state.startswith(OUTAGE_STATES))
