import socket
from collections.abc import Iterator

import pytest

from highwater_events.broker.base import Broker
from highwater_events.spec import ConsumerSpec, Scopes
from tests.highwater_events.running import RunningConsumer, Start


@pytest.fixture
def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@pytest.fixture
def no_signals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves the test run's own signal handlers alone."""
    monkeypatch.setattr("signal.signal", lambda number, handler: None)


@pytest.fixture
def topic(unique: str) -> str:
    return f"runner-{unique}"


@pytest.fixture
def start() -> Iterator[Start]:
    started: list[RunningConsumer] = []

    def run(spec: ConsumerSpec, broker: Broker, **words: Scopes) -> RunningConsumer:
        started.append(RunningConsumer(spec, broker, **words))
        return started[-1]

    yield run
    for one in started:
        one.stop()
