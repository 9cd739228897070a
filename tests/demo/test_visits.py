import threading
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from demo.shop.consumers import billing, search
from demo.shop.management.commands import consumer
from demo.shop.pace import Visits
from highwater_events.management.commands.run_consumer import Command as RunConsumer
from highwater_events.spec import ConsumerSpec, Stop
from tests.waiting import eventually


@pytest.fixture
def stays(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The groups that were joined, one entry a stay; a stay lasts until its time is over."""
    joined: list[str] = []

    def stay(self: RunConsumer, spec: ConsumerSpec, stop: Stop) -> None:
        joined.append(spec.group)
        stop.wait(30)

    monkeypatch.setattr(RunConsumer, "run", stay)
    return joined


@pytest.fixture
def stop() -> Iterator[threading.Event]:
    flag = threading.Event()
    yield flag
    flag.set()


def start(spec: ConsumerSpec, stop: threading.Event) -> threading.Thread:
    thread = threading.Thread(target=consumer.Command().run, args=(spec, stop))
    thread.start()
    return thread


def test_search_comes_and_goes(
    stays: list[str], stop: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "_visits", lambda: Visits(0.01, 0.01))
    thread = start(search.spec, stop)
    assert eventually(lambda: stays[:3] == ["search"] * 3)
    stop.set()
    thread.join(5)
    assert not thread.is_alive()


def test_a_search_that_stays_away_comes_once(
    stays: list[str],
    stop: threading.Event,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    settings.SHOP_SEARCH_STAYS_AWAY = True
    monkeypatch.setattr(consumer, "FIRST_VISIT_SECONDS", 0.01)
    thread = start(search.spec, stop)
    assert eventually(lambda: "Search leaves" in caplog.text)
    stop.set()
    thread.join(5)
    assert stays == ["search"]


def test_the_others_stay(stays: list[str], stop: threading.Event) -> None:
    thread = start(billing.spec, stop)
    stop.set()
    thread.join(5)
    assert stays == ["billing"]


def test_a_stay_ends_with_its_time_or_with_the_process(stop: threading.Event) -> None:
    assert consumer.Until(stop, 0.01).wait(30)
    stay = consumer.Until(stop, 3_600)
    assert not stay.is_set()
    stop.set()
    assert stay.is_set()
