"""Runs a declared consumer until it is told to stop."""

import logging
import time
from collections.abc import Callable

from highwater_events.broker.base import Broker
from highwater_events.deadletter import DeadLetters
from highwater_events.errors import BrokerUnreachableError
from highwater_events.lanes import Lanes
from highwater_events.membership import Membership
from highwater_events.meters import Meters
from highwater_events.processing import Processing
from highwater_events.retries import Backoff
from highwater_events.spec import ConsumerSpec, Scopes, Stop
from highwater_events.workers import Workers

logger = logging.getLogger(__name__)

JOIN_SECONDS = 0.5
REJOIN = Backoff(first_seconds=0.5, factor=2.0, longest_seconds=10.0)


class ConsumerRunner:
    """Reads the topics of `spec`, calls its handlers, commits what is handled.

    A record is committed only when it and all before it in its partition are handled, passed over
    or written to the dead-letter topic: delivery is at least once, and `inbox` makes effects once.
    """

    def __init__(
        self,
        spec: ConsumerSpec,
        broker: Broker,
        *,
        scopes: Scopes | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._spec = spec
        self._broker = broker
        self._clock = clock
        self._lanes = Lanes(clock)
        scopes = scopes or Scopes()
        self._meters = Meters(spec.group)
        processing = Processing(
            spec.router,
            spec.retries,
            group=spec.group,
            scope=scopes.attempt,
            meters=self._meters,
        )
        self._workers = Workers(
            self._lanes, processing.attempt, count=spec.workers, scope=scopes.thread
        )
        self._dead_letters = DeadLetters(broker, group=spec.group, clock=clock)
        self._lost_in_a_row = 0

    def run(self, stop: Stop) -> None:
        """Work until `stop` is set, then drain and leave the group. Runs once.

        Outages of the broker are waited out. Raises what broke the loop or a worker thread.
        """
        self._workers.start()
        try:
            while not stop.is_set():
                self._stay(stop)
        finally:
            self._lanes.close()
            self._workers.join(JOIN_SECONDS)
            self._dead_letters.close()

    def _stay(self, stop: Stop) -> None:
        membership = self._join()
        try:
            membership.join()
            while not stop.is_set():
                membership.step()
                self._lost_in_a_row = 0
        except BrokerUnreachableError as lost:
            membership.give_up()
            self._lost_in_a_row += 1
            delay = REJOIN.delay_seconds(self._lost_in_a_row)
            logger.warning("The broker is lost (%s); joining again in %.1f s.", lost, delay)
            stop.wait(delay)
        except BaseException:
            membership.give_up()
            raise
        else:
            membership.leave()

    def _join(self) -> Membership:
        return Membership(
            self._spec,
            self._broker.consumer(self._spec.group, client_id=self._spec.group),
            lanes=self._lanes,
            workers=self._workers,
            dead_letters=self._dead_letters,
            meters=self._meters,
            clock=self._clock,
        )
