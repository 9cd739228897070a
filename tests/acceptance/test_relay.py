"""The relay as a process: it ends in order, dies at any moment, and loses nothing."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection, transaction

from highwater_events.broker.base import Record, TopicPartition
from highwater_events.broker.confluent import ConfluentBroker
from highwater_events.errors import BrokerUnreachableError
from highwater_events.models import OutboxRow, OutboxShard
from highwater_events.outbox.publish import publish
from quickstart import broker as brokers
from quickstart.progress import Progress
from quickstart.state import State
from quickstart.supervisor import Supervisor
from tests.database import database_url
from tests.waiting import eventually

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.kafka,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(300),
]

KEYS = 20
Relays = Callable[..., "RelayProcess"]


class RelayProcess:
    """`manage.py relay_outbox` of the service in `tests/service`."""

    def __init__(self, name: str, log: Path, environment: dict[str, str]) -> None:
        self.name = name
        self._log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "manage.py", "relay_outbox", "--name", name],
                env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.service.settings"}
                | environment,
                cwd=settings.BASE_DIR,
                stdout=output,
                stderr=output,
            )

    def holds_shards(self) -> int:
        assert self._process.poll() is None, self._log.read_text()
        return OutboxShard.objects.filter(holder=self.name).count()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def terminate(self) -> float:
        """Seconds that it took to end with code 0."""
        started = time.monotonic()
        self._process.send_signal(signal.SIGTERM)
        assert self._process.wait(20) == 0, self._log.read_text()
        return time.monotonic() - started


@pytest.fixture
def relays(tmp_path: Path) -> Iterator[Relays]:
    """Starts relays on the test's database; none outlives the test."""
    running: list[RelayProcess] = []

    def start(name: str = "r1", **environment: str) -> RelayProcess:
        variables = {"DATABASE_URL": database_url(), **environment}
        running.append(RelayProcess(name, tmp_path / f"{name}.log", variables))
        return running[-1]

    yield start
    for relay in running:
        relay.kill()


@pytest.fixture
def topic(bootstrap_servers: str, unique: str) -> str:
    ConfluentBroker({"bootstrap.servers": bootstrap_servers}).ensure_topics({unique: 3})
    return unique


class Traffic:
    """Transactions that go on in a thread until `finish`."""

    def __init__(self, topic: str) -> None:
        self._topic = topic
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        number = 0
        while not self._stop.wait(0.005):
            write(self._topic, range(number, number + 10))
            number += 10
        connection.close()

    def finish(self) -> None:
        self._stop.set()
        self._thread.join(10)
        assert not self._thread.is_alive()


@pytest.fixture
def traffic(topic: str) -> Iterator[Traffic]:
    running = Traffic(topic)
    yield running
    running.finish()


def write(topic: str, numbers: range) -> None:
    with transaction.atomic():
        for number in numbers:
            key = f"k{number % KEYS}"
            publish("E", number, aggregate_type="order", aggregate_id=key, topic=topic)


def published() -> int:
    return OutboxRow.objects.exclude(published_at=None).count()


def all_published() -> bool:
    return not OutboxRow.objects.filter(published_at=None).exists()


class Ignorant:
    """A listener whom rebalances do not concern."""

    def on_assigned(self, partitions: object) -> None: ...

    def on_revoked(self, partitions: object) -> None: ...

    def on_lost(self, partitions: object) -> None: ...


def read_all(bootstrap_servers: str, topic: str) -> list[Record]:
    """Every record of the topic: all that lies before its ends."""
    consumer = ConfluentBroker({"bootstrap.servers": bootstrap_servers}).consumer(topic)
    consumer.subscribe([topic], Ignorant())
    records: list[Record] = []
    next_offsets: dict[TopicPartition, int] = {}

    def has_all() -> bool:
        for record in consumer.poll(0.1):
            records.append(record)
            next_offsets[TopicPartition(topic, record.partition)] = record.offset + 1
        ends = {each: consumer.log_end(each) for each in consumer.assignment()}
        return bool(ends) and all(
            end is not None and next_offsets.get(each, 0) >= end for each, end in ends.items()
        )

    assert eventually(has_all, within_seconds=30)
    consumer.close()
    return records


def assert_every_row_is_there_in_order(records: list[Record]) -> None:
    """Each event at least once, and by its first record in the order of its key."""
    seen: set[str] = set()
    by_key: dict[str, list[int]] = defaultdict(list)
    for record in records:
        event_id = dict(record.headers)["ce_id"]
        assert event_id and record.key and record.value
        if event_id.decode() not in seen:
            seen.add(event_id.decode())
            by_key[record.key.decode()].append(int(record.value))
    assert seen == {str(each) for each in OutboxRow.objects.values_list("id", flat=True)}
    assert {key: sorted(numbers) for key, numbers in by_key.items()} == by_key


def test_sigterm_ends_it_in_time_with_nothing_lost_and_nothing_twice(
    relays: Relays, traffic: Traffic, topic: str, bootstrap_servers: str
) -> None:
    first = relays("r1")
    assert eventually(lambda: published() > 500, within_seconds=20)
    assert first.terminate() < 10
    assert not OutboxShard.objects.exclude(holder="").exists()
    relays("r2")
    traffic.finish()
    assert eventually(all_published, within_seconds=20)
    records = read_all(bootstrap_servers, topic)
    assert_every_row_is_there_in_order(records)
    assert len(records) == OutboxRow.objects.count()


def test_after_two_kills_in_mid_traffic_every_row_is_there_in_order(
    relays: Relays, traffic: Traffic, topic: str, bootstrap_servers: str
) -> None:
    for victim in ("r1", "r2"):
        before = published()
        relay = relays(victim)
        assert eventually(lambda before=before: published() > before + 300, within_seconds=20)  # type: ignore[misc]
        relay.kill()
    relays("r3")
    traffic.finish()
    assert eventually(all_published, within_seconds=20)
    assert_every_row_is_there_in_order(read_all(bootstrap_servers, topic))


def test_two_relays_share_the_shards_and_one_takes_over_from_the_other(
    relays: Relays, traffic: Traffic, topic: str, bootstrap_servers: str
) -> None:
    first, second = relays("r1"), relays("r2")
    assert eventually(lambda: first.holds_shards() == second.holds_shards() == 8, within_seconds=20)
    first.kill()
    assert eventually(lambda: second.holds_shards() == 16, within_seconds=20)
    traffic.finish()
    assert eventually(all_published, within_seconds=20)
    assert_every_row_is_there_in_order(read_all(bootstrap_servers, topic))


def test_a_broker_that_never_answers_costs_no_attempt_and_holds_up_no_stop(
    relays: Relays, topic: str
) -> None:
    write(topic, range(10))
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        relay = relays(HIGHWATER_KAFKA=f"127.0.0.1:{silent.getsockname()[1]}")
        assert eventually(lambda: relay.holds_shards() == 16, within_seconds=20)
        assert relay.terminate() < 10
    rows = OutboxRow.objects.values_list("attempts", "published_at", "failed_at").distinct()
    assert list(rows) == [(0, None, None)]


def test_a_database_that_drops_its_connections_is_come_back_to(
    relays: Relays, traffic: Traffic, topic: str, bootstrap_servers: str
) -> None:
    relays()
    assert eventually(lambda: published() > 100, within_seconds=20)
    others = "usename = current_user AND datname = current_database() AND pid <> pg_backend_pid()"
    traffic.finish()
    with psycopg.connect(database_url(), autocommit=True) as admin:
        keep = connection.connection.info.backend_pid
        for _ in range(3):
            admin.execute(
                f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity"  # noqa: S608
                f" WHERE {others} AND pid <> %s",
                [keep],
            )
            write(topic, range(20))
    assert eventually(all_published, within_seconds=20)


@pytest.mark.apache_kafka
def test_after_an_outage_of_the_broker_it_goes_on_by_itself(
    relays: Relays, unique: str, tmp_path: Path
) -> None:
    own = OwnBroker(tmp_path / "state")
    try:
        servers = own.start()
        assert eventually(lambda: is_created(servers, unique), within_seconds=60)
        relays(HIGHWATER_KAFKA=servers)
        write(unique, range(100))
        assert eventually(all_published, within_seconds=20)
        own.stop()
        write(unique, range(100, 200))
        assert not eventually(all_published, within_seconds=3)
        own.start()
        assert eventually(all_published, within_seconds=30)
        assert set(OutboxRow.objects.values_list("attempts", flat=True)) == {0}
        assert_every_row_is_there_in_order(read_all(servers, unique))
    finally:
        own.stop()


def is_created(bootstrap_servers: str, topic: str) -> bool:
    """A broker that has just started may answer before its controller does."""
    with suppress(BrokerUnreachableError):
        ConfluentBroker({"bootstrap.servers": bootstrap_servers}).ensure_topics({topic: 3})
        return True
    return False


class OwnBroker:
    """Apache Kafka of this test alone, at the same address whenever it starts."""

    def __init__(self, folder: Path) -> None:
        self._state = State(folder)
        self._supervisor = Supervisor(folder, print)

    def start(self) -> str:
        environment = {k: v for k, v in os.environ.items() if k != brokers.GIVEN_VARIABLE}
        wanted = {**environment, brokers.WANTED_VARIABLE: "apache"}
        progress = Progress(sys.stdout)
        return brokers.start(self._supervisor, self._state, progress, wanted).bootstrap_servers

    def stop(self) -> None:
        self._supervisor.stop()
