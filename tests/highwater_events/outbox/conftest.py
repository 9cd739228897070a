"""What the outbox's tests share: settings of the toolkit, rows, and relays on a twin broker."""

import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.db import connections, transaction

from highwater_events import conf
from highwater_events.broker.memory import MemoryBroker
from highwater_events.models import OutboxRow
from highwater_events.outbox.publish import publish
from highwater_events.outbox.relay import Relay
from highwater_events.shutdown import StopFlag

TOPIC = "outbox.event.order"
Write = Callable[..., list[uuid.UUID]]


@pytest.fixture
def write() -> Write:
    """Publishes one event a key, in one transaction."""

    def events(*keys: str, payload: Any = None, **changes: Any) -> list[uuid.UUID]:
        with transaction.atomic():
            return [
                publish("E", payload, aggregate_type="order", aggregate_id=key, **changes)
                for key in keys
            ]

    return events


@pytest.fixture
def broker() -> MemoryBroker:
    twin = MemoryBroker()
    twin.ensure_topics({TOPIC: 3})
    return twin


@pytest.fixture
def settings_of() -> Callable[..., conf.EventsSettings]:
    def make(**changes: Any) -> conf.EventsSettings:
        return replace(conf.load(), **{"POLL_SECONDS": 0.05, **changes})

    return make


class RunningRelay:
    """A relay in a thread."""

    def __init__(self, relay: Relay, stop: StopFlag) -> None:
        self.relay = relay
        self._stop = stop
        self._thread = threading.Thread(target=relay.run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(10)
        assert not self._thread.is_alive()


@pytest.fixture
def start(
    broker: MemoryBroker, settings_of: Callable[..., conf.EventsSettings]
) -> Iterator[Callable[..., RunningRelay]]:
    """Starts relays and stops them in the end."""
    running: list[RunningRelay] = []

    def relay(name: str = "r1", **changes: Any) -> RunningRelay:
        stop = StopFlag()
        running.append(RunningRelay(Relay(broker, settings_of(**changes), stop, name=name), stop))
        return running[-1]

    yield relay
    for each in running:
        each.stop()
    connections.close_all()


def pending() -> int:
    return OutboxRow.objects.filter(published_at=None, failed_at=None).count()
