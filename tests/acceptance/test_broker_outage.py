"""A consumer whose broker falls silent: it goes on by itself, and it stops when it is told."""

import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from quickstart import tansu
from tests.acceptance.shop import EXACTLY_ONE_INVOICE, INVOICES, SOME_INVOICES, Shop
from tests.waiting import eventually

pytestmark = [pytest.mark.acceptance, pytest.mark.kafka, pytest.mark.timeout(300)]


class OwnBroker:
    """A small broker of this test alone, which can be frozen."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        words = tansu.program(self.port).argv
        self._process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
        assert eventually(self._listens)

    def freeze(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def end(self) -> None:
        self._process.kill()
        self._process.wait()

    def _listens(self) -> bool:
        with socket.socket() as attempt:
            return attempt.connect_ex(("127.0.0.1", self.port)) == 0


@pytest.fixture
def broker() -> Iterator[OwnBroker]:
    own = OwnBroker()
    yield own
    own.end()


@pytest.fixture
def shop(unique: str, tmp_path: Path, broker: OwnBroker) -> Iterator[Shop]:
    shop = Shop(unique, tmp_path, HIGHWATER_KAFKA=f"127.0.0.1:{broker.port}")
    try:
        assert shop.call("migrate").returncode == 0
        assert shop.call("seed").returncode == 0
        yield shop
    finally:
        shop.close()


def test_a_consumer_reads_on_after_a_silence_and_stops_within_one(
    shop: Shop, broker: OwnBroker
) -> None:
    consumer = shop.start("consumer", "billing")
    assert shop.waits_for(SOME_INVOICES, 50)
    broker.freeze()
    assert not shop.waits_for(EXACTLY_ONE_INVOICE, within_seconds=6)
    broker.thaw()
    assert shop.waits_for(SOME_INVOICES, shop.ask(INVOICES) + 100)
    broker.freeze()
    assert consumer.stops_cleanly()
    broker.thaw()
    shop.start("consumer", "billing")
    assert shop.waits_for(EXACTLY_ONE_INVOICE)
