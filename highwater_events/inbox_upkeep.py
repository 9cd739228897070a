"""Forgets handled messages after their retention, beside a running consumer."""

import logging
import threading
from datetime import timedelta

from django.db import DatabaseError, InterfaceError, connections

from highwater_events.inbox import forget_handled
from highwater_events.spec import Stop

logger = logging.getLogger(__name__)

EVERY_SECONDS = 60.0
BATCH_ENTRIES = 5_000


def forget_in_background(
    stop: Stop, retention: timedelta, *, every_seconds: float = EVERY_SECONDS
) -> threading.Thread:
    """Start a thread that forgets now and then until `stop` is set; several may run at once."""
    thread = threading.Thread(
        target=_forget_until, args=(stop, retention, every_seconds), name="inbox", daemon=True
    )
    thread.start()
    return thread


def _forget_until(stop: Stop, retention: timedelta, every_seconds: float) -> None:
    while not stop.wait(every_seconds):
        try:
            while not stop.is_set() and forget_handled(retention, limit=BATCH_ENTRIES):
                pass
        except (DatabaseError, InterfaceError) as error:
            logger.warning("The inbox could not be cleaned and grows until it can: %s", error)
        finally:
            connections.close_all()
