"""The consumer's promise to come back in time, on a broker of its own that falls silent."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from highwater_events.broker.base import TopicPartition
from highwater_events.broker.confluent import ConfluentBroker
from highwater_events.broker.confluent.consumer import ConfluentConsumer
from highwater_events.errors import BrokerError, BrokerUnreachableError
from quickstart import probes, tansu
from quickstart.child import Child
from quickstart.supervisor import Supervisor
from tests.contracts.brokers import Listener
from tests.waiting import eventually

pytestmark = pytest.mark.kafka
PLACE = TopicPartition("t", 0)


class SilentBroker:
    """A small broker that can be made to hold its tongue without closing a connection."""

    def __init__(self, folder: Path, port: int) -> None:
        self.servers = f"127.0.0.1:{port}"
        self._supervisor = Supervisor(folder, print)
        self._child: Child = self._supervisor.start(
            tansu.program(port), is_ready=lambda: probes.kafka_answers(port)
        )

    def fall_silent(self) -> None:
        os.kill(self._child.pid, signal.SIGSTOP)

    def speak(self) -> None:
        os.kill(self._child.pid, signal.SIGCONT)

    def end(self) -> None:
        self.speak()
        self._supervisor.stop()


@pytest.fixture
def broker(tmp_path: Path, free_port: int) -> Iterator[SilentBroker]:
    made = SilentBroker(tmp_path, free_port)
    yield made
    made.end()


@pytest.fixture
def consumer(broker: SilentBroker, monkeypatch: pytest.MonkeyPatch) -> Iterator[ConfluentConsumer]:
    real = ConfluentBroker({"bootstrap.servers": broker.servers, "log_level": 0})
    real.ensure_topics({"t": 1})
    member = real.consumer("g")
    member.subscribe(["t"], Listener())
    assert eventually(lambda: member.poll(0.1) == [] and bool(member.assignment()))
    member.commit({PLACE: 0})
    monkeypatch.setattr("highwater_events.broker.confluent.consumer._COMMIT_SECONDS", 0.5)
    broker.fall_silent()
    yield member
    broker.speak()
    assert eventually(lambda: not member._is_standing_still(0.1), within_seconds=30)
    member.close()


def test_nothing_keeps_the_caller_while_a_commit_is_unanswered(
    consumer: ConfluentConsumer,
) -> None:
    started = time.monotonic()
    with pytest.raises(BrokerUnreachableError):
        consumer.commit({PLACE: 0})
    with pytest.raises(BrokerUnreachableError, match="still unanswered"):
        consumer.commit({PLACE: 0})
    with pytest.raises(BrokerUnreachableError, match="still unanswered"):
        consumer.seek(PLACE, 0)
    consumer.pause([PLACE])
    consumer.resume([PLACE])
    assert consumer.poll(0.2) == []
    assert consumer.log_end(PLACE) is None
    assert time.monotonic() - started < 2


def test_a_member_goes_on_once_the_broker_speaks_again(
    consumer: ConfluentConsumer, broker: SilentBroker
) -> None:
    with pytest.raises(BrokerUnreachableError):
        consumer.commit({PLACE: 0})
    broker.speak()

    def commits() -> bool:
        consumer.poll(0.1)
        try:
            consumer.commit({PLACE: 0})
        except BrokerError:
            return False
        return bool(consumer.assignment())

    assert eventually(commits, within_seconds=30)
