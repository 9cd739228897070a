"""The relay: publishes the pending rows of the shards it holds, in the order of each key.

At least once: a record may go out again after a crash or a lost lease, which the inbox absorbs.
While the broker is away the producer keeps the batch and its order; while the database is away the
relay waits and tries again. Neither costs a row an attempt.
"""

import logging
import os
import secrets
import socket
import time
from collections.abc import Callable, Sequence
from functools import partial

from django.db import InterfaceError, InternalError, OperationalError, connections

from highwater_events import metrics
from highwater_events.broker.base import Broker
from highwater_events.conf import EventsSettings
from highwater_events.outbox import batch, rows, wake
from highwater_events.outbox.backoff import Backoff
from highwater_events.outbox.batch import Outcome, PendingRow
from highwater_events.outbox.leases import Leases
from highwater_events.outbox.sending import Sending
from highwater_events.outbox.upkeep import Upkeep
from highwater_events.shutdown import StopFlag

_LOGGER = logging.getLogger(__name__)

# InternalError: a database that lets nobody write, as many hosts make one whose disk is full.
OUTAGE = (OperationalError, InterfaceError, InternalError)
# How long a stopping relay waits for a batch that the broker does not acknowledge.
_GRACE_SECONDS = 4.0
# How soon a sleeping relay notices that it is to stop.
_SLICE_SECONDS = 0.25


def relay_name() -> str:
    """A name that no other relay has: host, process, and a draw for containers that share both."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"


class Relay:
    """One relay. `run` blocks until `stop` is set."""

    def __init__(
        self,
        broker: Broker,
        settings: EventsSettings,
        stop: StopFlag,
        *,
        using: str = "default",
        name: str = "",
    ) -> None:
        self.name = name or relay_name()
        self._settings = settings
        self._stop = stop
        self._using = using
        self._leases = Leases(
            self.name, using=using, shards=settings.SHARDS, lease_seconds=settings.LEASE_SECONDS
        )
        self._sending = Sending(broker, client_id=f"highwater-relay-{self.name}")
        self._upkeep = Upkeep(using, settings)
        self._ear = wake.Ear(using)
        self._backoff = Backoff()
        self._give_up_at: float | None = None

    def run(self) -> None:
        """Relay until told to stop; then finish the batch and hand back the shards."""
        _LOGGER.info("Relay %s starts", self.name)
        while not self._stop.is_set():
            try:
                self._work()
            except OUTAGE as error:
                self._wait_for_database(error)
        self._sending.drop()
        try:
            self._leases.release()
        except OUTAGE as error:
            _LOGGER.warning("Relay %s could not hand back its shards: %s", self.name, error)
        connections[self._using].close()
        _LOGGER.info("Relay %s has stopped", self.name)

    def _work(self) -> None:
        self._leases.prepare()
        while not self._stop.is_set():
            self._leases.keep_if_due()
            self._upkeep.run_if_due(self._leases.held())
            if not self._publish_batch():
                self._backoff.reset()  # else the next outage would begin with this one's wait
                self._sleep()

    def _sleep(self) -> None:
        """Until woken, or it is time to look by itself, or something else is due."""
        wake_at = time.monotonic() + self._settings.POLL_SECONDS
        while not self._stop.is_set() and not self._leases.are_due():
            left_seconds = wake_at - time.monotonic()
            if left_seconds <= 0:
                return
            heard = self._ear.wait(min(left_seconds, _SLICE_SECONDS))
            if heard == wake.SHARDS:
                self._leases.keep()
            if heard:
                return

    def _publish_batch(self) -> int:
        """How many rows there were to publish."""
        pending = rows.read_pending(
            self._using,
            self._leases.held(),
            limit=self._settings.BATCH,
            poison_blocks_key=self._settings.POISON_BLOCKS_KEY,
            source=self._settings.SOURCE,
        )
        for wave in batch.waves(pending):
            if self._stop.is_set() or not self._are_ours(wave):
                break
            may_go_on = partial(self._may_go_on, wave)
            outcome = batch.settle(wave, self._sending.send(wave, may_go_on))
            self._through_outages(partial(self._mark, outcome))
            if outcome.waiting and not outcome.published:
                self._stop.wait(self._backoff.next_seconds())
                break
            self._backoff.reset()
        return len(pending)

    def _are_ours(self, wave: Sequence[PendingRow]) -> bool:
        """Whether all shards of the wave are still held; asks the database when in doubt."""
        if not self._leases.are_safe():
            self._leases.keep()
        return {row.shard for row in wave} <= set(self._leases.held())

    def _may_go_on(self, wave: Sequence[PendingRow]) -> bool:
        """Whether to wait on for a broker that does not answer."""
        if self._stop.is_set():
            self._give_up_at = self._give_up_at or time.monotonic() + _GRACE_SECONDS
            return time.monotonic() < self._give_up_at
        try:
            self._leases.keep_if_due()
        except OUTAGE:
            connections[self._using].close()
            return self._leases.are_safe()
        return {row.shard for row in wave} <= set(self._leases.held())

    def _mark(self, outcome: Outcome) -> None:
        tokens = self._leases.tokens()
        positions = [row.position for row in outcome.published]
        marked = rows.mark_published(self._using, positions, tokens) if positions else []
        for topic, delay_seconds in marked:
            metrics.RELAY_PUBLISHED.labels(topic).inc()
            metrics.RELAY_DELAY_SECONDS.observe(delay_seconds)
        for row, error in outcome.refused:
            self._mark_refused(row, error)
        if len(marked) < len(positions):
            self._leases.keep()  # finds out which shards were lost, and counts them

    def _mark_refused(self, row: PendingRow, error: str) -> None:
        has_failed = rows.mark_refused(
            self._using,
            row,
            error,
            max_attempts=self._settings.MAX_ATTEMPTS,
            wait_seconds=batch.wait_seconds(row.attempts + 1),
            tokens=self._leases.tokens(),
        )
        metrics.RELAY_FAILED.labels("exhausted" if has_failed else "refused").inc()
        _LOGGER.warning(
            "Event %s for %s was refused (attempt %d of %d): %s",
            row.event.id,
            row.topic,
            row.attempts + 1,
            self._settings.MAX_ATTEMPTS,
            error,
        )

    def _through_outages(self, action: Callable[[], None]) -> None:
        """Do it, however long the database is away; raises its error only when stopping."""
        while True:
            try:
                return action()
            except OUTAGE as error:
                self._wait_for_database(error)
                if self._stop.is_set():
                    raise

    def _wait_for_database(self, error: Exception) -> None:
        metrics.RELAY_FAILED.labels("database").inc()
        _LOGGER.warning("Relay %s lost its database and tries again: %s", self.name, error)
        connections[self._using].close()
        self._stop.wait(self._backoff.next_seconds())
