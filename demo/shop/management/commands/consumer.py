"""A consumer of the shop; search comes and goes."""

import logging
import time

from django.conf import settings

from demo.shop import topics
from demo.shop.pace import Visits
from highwater_events.management.commands.run_consumer import Command as RunConsumer
from highwater_events.spec import ConsumerSpec, Stop

logger = logging.getLogger(__name__)

FIRST_VISIT_SECONDS = 10.0
FOR_EVER_SECONDS = 10.0 * 365 * 24 * 3600


class Until:
    """Set when `stop` is, or when the time is over."""

    def __init__(self, stop: Stop, seconds: float) -> None:
        self._stop = stop
        self._end = time.monotonic() + seconds

    def is_set(self) -> bool:
        return self._stop.is_set() or time.monotonic() >= self._end

    def wait(self, timeout_seconds: float, /) -> bool:
        left = self._end - time.monotonic()
        return self._stop.wait(max(0.0, min(timeout_seconds, left))) or self.is_set()


class Command(RunConsumer):
    help = "Run one of the shop's consumers: billing, shipping, search or fraud."

    def run(self, spec: ConsumerSpec, stop: Stop) -> None:
        if spec.group == topics.SEARCH:
            self._come_and_go(spec, stop, _visits())
        else:
            super().run(spec, stop)

    def _come_and_go(self, spec: ConsumerSpec, stop: Stop, visits: Visits) -> None:
        while not stop.is_set():
            super().run(spec, Until(stop, visits.stay_seconds))
            if not stop.is_set():
                logger.info("Search leaves for %.0f s.", visits.away_seconds)
                stop.wait(visits.away_seconds)


def _visits() -> Visits:
    if settings.SHOP_SEARCH_STAYS_AWAY:
        # One visit, so that the group exists and has commits that can be rewound.
        return Visits(FIRST_VISIT_SECONDS, FOR_EVER_SECONDS)
    return Visits()
