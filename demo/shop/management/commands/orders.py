"""The order service's process."""

import logging
import random
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import Error, close_old_connections

from demo.shop.ordering import OrderService
from demo.shop.pace import Pace
from highwater_events.inbox import is_database_outage
from highwater_events.retries import Backoff
from highwater_events.shutdown import StopFlag, stop_on_signals

logger = logging.getLogger(__name__)

TICK_SECONDS = 0.05
OUTAGE = Backoff(first_seconds=0.2, longest_seconds=5.0)


class Command(BaseCommand):
    help = "Write orders, payments and customers at HIGHWATER_DEMO_RATE events a second."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = stop_on_signals()
        outages = 0
        while not stop.is_set():
            try:
                self._work(stop)
            except Error as error:
                if not is_database_outage(error):
                    raise
                close_old_connections()
                outages += 1
                delay = OUTAGE.delay_seconds(outages)
                logger.warning("The database is away (%s); trying again in %.1f s.", error, delay)
                stop.wait(delay)

    def _work(self, stop: StopFlag) -> None:
        service = OrderService(random.Random())  # noqa: S311  a shop's trade, not a secret
        pace = Pace(settings.SHOP_EVENTS_PER_SECOND)
        while not stop.is_set():
            for _ in range(pace.due(time.monotonic())):
                if stop.is_set():
                    return
                service.act()
            stop.wait(TICK_SECONDS)
