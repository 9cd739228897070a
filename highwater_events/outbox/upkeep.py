"""What a relay does now and then: measure its backlog, delete what is past its retention."""

import time
from collections.abc import Sequence

from highwater_events import metrics
from highwater_events.conf import EventsSettings
from highwater_events.outbox import rows
from highwater_events.outbox.cleanup import BATCH_ROWS, delete_published

_MEASURE_SECONDS = 5.0
_CLEAN_SECONDS = 60.0
# After a full batch there is more to delete, but publishing comes first.
_CLEAN_AGAIN_SECONDS = 1.0


class Upkeep:
    """Remembers when the next measurement and the next clean-up are due."""

    def __init__(self, using: str, settings: EventsSettings) -> None:
        self._using = using
        self._retention_hours = settings.RETENTION_HOURS
        self._measure_at = self._clean_at = time.monotonic()

    def run_if_due(self, shards: Sequence[int]) -> None:
        """May raise OperationalError."""
        now = time.monotonic()
        if now >= self._measure_at:
            self._measure(shards)
            self._measure_at = now + _MEASURE_SECONDS
        if now >= self._clean_at:
            is_full = self._clean() >= BATCH_ROWS
            self._clean_at = now + (_CLEAN_AGAIN_SECONDS if is_full else _CLEAN_SECONDS)

    def _measure(self, shards: Sequence[int]) -> None:
        pending, oldest_seconds = rows.backlog(self._using, shards)
        metrics.RELAY_PENDING.labels(self._using).set(pending)
        metrics.RELAY_OLDEST_SECONDS.labels(self._using).set(oldest_seconds)

    def _clean(self) -> int:
        deleted = delete_published(self._using, retention_hours=self._retention_hours)
        metrics.RELAY_DELETED.inc(deleted)
        return deleted
