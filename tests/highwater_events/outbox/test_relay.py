"""A whole relay in a thread, on a real database and the twin broker."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now

from highwater_events import metrics
from highwater_events.broker.memory import MemoryBroker
from highwater_events.models import OutboxRow, OutboxShard
from highwater_events.outbox import batch
from tests.highwater_events.outbox.conftest import TOPIC, RunningRelay, Write, pending
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)
Start = Callable[..., RunningRelay]

# Within a test's patience; a third of the lease ends its sleep too.
NEVER_LOOKS_BY_ITSELF = {"POLL_SECONDS": 60, "LEASE_SECONDS": 600}


def sent(broker: MemoryBroker, key: str | None = None) -> list[Any]:
    records = broker.records(TOPIC)
    return [json.loads(r.value or b"") for r in records if key in (None, (r.key or b"").decode())]


@pytest.fixture
def read_only() -> Iterator[Callable[[bool], None]]:
    """Lets connections made from now on write or not; this thread's own may."""

    def switch(on: bool) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                f'ALTER DATABASE "{connection.settings_dict["NAME"]}"'
                f" SET default_transaction_read_only = {'on' if on else 'off'}"
            )

    yield switch
    switch(False)


def cut_off_from_the_database(holder: str = "r1") -> None:
    """End the relay's connection once it holds its shards; this thread's own stays."""
    assert eventually(lambda: OutboxShard.objects.filter(holder=holder).exists())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database()"
            " AND backend_type = 'client backend'"
        )
        assert cursor.rowcount >= 1  # an earlier test's may still be closing


def wait_for_a_sending_relay(broker: MemoryBroker) -> None:
    """Until a relay waits for a broker that does not answer."""
    unreachable = metrics.RELAY_FAILED.labels("unreachable")._value
    before = unreachable.get()
    assert eventually(lambda: unreachable.get() > before)


def test_rows_reach_the_topic_in_the_order_of_each_key(
    broker: MemoryBroker, write: Write, start: Start
) -> None:
    for number in range(20):
        write("a", "b", payload=number)
    start()
    assert eventually(lambda: pending() == 0)
    assert sent(broker, "a") == sent(broker, "b") == list(range(20))


def test_a_commit_wakes_the_relay(broker: MemoryBroker, write: Write, start: Start) -> None:
    start(**NEVER_LOOKS_BY_ITSELF)
    assert eventually(lambda: OutboxShard.objects.exclude(token=None).exists())
    write("a")
    assert eventually(lambda: len(sent(broker)) == 1)


def test_headers_and_trace_go_out_unchanged(
    broker: MemoryBroker, write: Write, start: Start
) -> None:
    traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    [event_id] = write("a", headers={"traceparent": traceparent, "tenant": "x"})
    start()
    assert eventually(lambda: pending() == 0)
    headers = dict(broker.records(TOPIC)[0].headers)
    assert headers["traceparent"] == traceparent.encode()
    assert (headers["ce_id"], headers["tenant"]) == (str(event_id).encode(), b"x")


def test_an_outage_of_the_broker_costs_no_attempt(
    broker: MemoryBroker, write: Write, start: Start
) -> None:
    broker.reachable = False
    write("a", "b")
    start()
    wait_for_a_sending_relay(broker)
    assert set(OutboxRow.objects.values_list("attempts", "last_error")) == {(0, "")}
    broker.reachable = True
    assert eventually(lambda: pending() == 0)


def test_a_poison_row_is_set_aside_and_the_others_go_on(
    broker: MemoryBroker, write: Write, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "wait_seconds", lambda attempts: 0.0)
    write("a", payload=1)
    write("a", topic="missing")
    write("a", "b", payload=2)
    start(MAX_ATTEMPTS=3)
    assert eventually(lambda: OutboxRow.objects.exclude(failed_at=None).exists())
    assert eventually(lambda: sent(broker, "b") == [2])
    poison = OutboxRow.objects.get(topic="missing")
    assert (poison.attempts, "does not exist" in poison.last_error) == (3, True)
    assert (sent(broker, "a"), pending()) == ([1], 1)


def test_a_poison_row_may_be_passed_by(broker: MemoryBroker, write: Write, start: Start) -> None:
    write("a", topic="missing")
    write("a", payload=2)
    start(MAX_ATTEMPTS=1, POISON_BLOCKS_KEY=False)
    assert eventually(lambda: sent(broker, "a") == [2])


def test_a_refusal_that_is_mended_keeps_the_order(
    broker: MemoryBroker, write: Write, start: Start
) -> None:
    write("a", topic="late", payload=1)
    write("a", topic="late", payload=2)
    start()
    assert eventually(lambda: OutboxRow.objects.filter(attempts=1).exists())
    broker.ensure_topics({"late": 1})
    assert eventually(lambda: pending() == 0)
    assert [record.value for record in broker.records("late")] == [b"1", b"2"]


def test_the_relay_outlives_its_database_connection(
    broker: MemoryBroker, write: Write, start: Start
) -> None:
    start()
    cut_off_from_the_database()
    write("a")
    assert eventually(lambda: len(sent(broker)) == 1)


def test_the_relay_waits_for_a_database_that_lets_nobody_write(
    broker: MemoryBroker, write: Write, start: Start, read_only: Callable[[bool], None]
) -> None:
    start()
    assert eventually(lambda: OutboxShard.objects.filter(holder="r1").exists())
    read_only(True)
    lost = metrics.RELAY_FAILED.labels("database")._value
    before = lost.get()
    cut_off_from_the_database()
    assert eventually(lambda: lost.get() >= before + 2)
    read_only(False)
    write("a")
    assert eventually(lambda: len(sent(broker)) == 1)


def test_an_idle_relay_begins_each_outage_with_a_short_wait(start: Start) -> None:
    lost = metrics.RELAY_FAILED.labels("database")._value
    before = lost.get()
    running = start()
    cut_off_from_the_database()
    assert eventually(lambda: lost.get() > before)
    assert eventually(lambda: running.relay._backoff._failures == 0)


def test_what_was_sent_is_marked_once_the_database_is_back(
    broker: MemoryBroker, write: Write, start: Start
) -> None:
    broker.reachable = False
    write("a")
    start()
    wait_for_a_sending_relay(broker)
    cut_off_from_the_database()
    broker.reachable = True
    assert eventually(lambda: pending() == 0)
    assert len(sent(broker)) == 1


def test_a_commit_wakes_the_relay_after_an_outage_of_the_database_too(
    broker: MemoryBroker, write: Write, start: Start
) -> None:
    broker.reachable = False
    write("a")
    start(**NEVER_LOOKS_BY_ITSELF)
    wait_for_a_sending_relay(broker)
    cut_off_from_the_database()
    broker.reachable = True
    assert eventually(lambda: pending() == 0)
    time.sleep(0.5)  # it finds nothing more, and sleeps
    write("b")
    assert eventually(lambda: len(sent(broker)) == 2)


def test_both_away_at_once_lose_nothing_and_send_nothing_twice(
    broker: MemoryBroker, write: Write, start: Start
) -> None:
    broker.reachable = False
    write("a")
    start(LEASE_SECONDS=3)
    wait_for_a_sending_relay(broker)
    cut_off_from_the_database()
    wait_for_a_sending_relay(broker)
    wait_for_a_sending_relay(broker)
    broker.reachable = True
    assert eventually(lambda: pending() == 0)
    assert len(sent(broker)) == 1


def test_a_relay_that_stops_hands_back_its_shards(start: Start) -> None:
    relay = start()
    assert eventually(lambda: OutboxShard.objects.filter(holder="r1").count() == 16)
    relay.stop()
    assert not OutboxShard.objects.exclude(holder="").exists()


def test_a_relay_stops_in_time_while_the_broker_is_away(
    broker: MemoryBroker, write: Write, start: Start
) -> None:
    broker.reachable = False
    write("a")
    relay = start()
    assert eventually(lambda: OutboxShard.objects.filter(holder="r1").exists())
    relay.stop()
    assert pending() == 1


def test_two_relays_share_the_shards_and_send_each_row_once(
    broker: MemoryBroker, write: Write, start: Start
) -> None:
    start("r1", LEASE_SECONDS=2)
    start("r2", LEASE_SECONDS=2)
    assert eventually(lambda: OutboxShard.objects.filter(holder="r1").count() == 8)
    assert eventually(lambda: OutboxShard.objects.filter(holder="r2").count() == 8)
    write(*map(str, range(100)))
    assert eventually(lambda: pending() == 0)
    assert len(sent(broker)) == 100


def test_rows_of_a_lost_shard_are_left_to_its_new_holder(
    broker: MemoryBroker, write: Write, start: Start
) -> None:
    conflicts = metrics.RELAY_LEASE_CONFLICTS._value
    before = conflicts.get()
    broker.reachable = False
    write("a")
    start(LEASE_SECONDS=2)
    assert eventually(lambda: OutboxShard.objects.filter(holder="r1").count() == 16)
    OutboxShard.objects.update(holder="thief", token=None, leased_until=Now())
    assert eventually(lambda: conflicts.get() >= before + 16)
    broker.reachable = True
    assert eventually(lambda: pending() == 0)


def test_published_rows_go_after_their_retention(
    broker: MemoryBroker, write: Write, start: Start
) -> None:
    write("a")
    first = start()
    assert eventually(lambda: pending() == 0)
    first.stop()
    start("r2", RETENTION_HOURS=0)
    assert eventually(lambda: not OutboxRow.objects.exists())


def test_the_backlog_is_measured(write: Write, start: Start, broker: MemoryBroker) -> None:
    broker.reachable = False
    write("a", "b")
    start()
    shown = metrics.RELAY_PENDING.labels("default")._value
    assert eventually(lambda: shown.get() == 2)
    broker.reachable = True
