from collections.abc import Sequence

import pytest

from highwater_events import provenance
from highwater_events.broker.base import Record, TopicPartition
from highwater_events.broker.memory import MemoryBroker
from highwater_events.deadletter import MESSAGE_CHARS, DeadLetters, to_dead_letter
from highwater_events.lanes import Job
from highwater_events.progress import PartitionProgress
from tests.highwater_events.events import NOW, a_record


class NoRoomError(Exception):
    """What a handler of ours raises."""


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def broker() -> MemoryBroker:
    return MemoryBroker()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def letters(broker: MemoryBroker, clock: Clock) -> DeadLetters:
    return DeadLetters(broker, group="billing", clock=clock)


def job(offset: int = 7) -> Job:
    return Job(a_record(offset=offset), PartitionProgress(), attempt=3)


def names(records: Sequence[Record], name: str) -> list[str | None]:
    return [provenance.header(record.headers, name) for record in records]


def test_a_letter_says_where_it_comes_from_and_why() -> None:
    letter = to_dead_letter(
        a_record(offset=7), NoRoomError("full"), group="billing", attempts=3, failed_at=NOW
    )
    added = {name: (value or b"").decode() for name, value in letter.headers if "highwater" in name}
    assert letter.topic == "orders.dlq"
    assert added == {
        "highwater-original-topic": "orders",
        "highwater-original-partition": "0",
        "highwater-original-offset": "7",
        "highwater-original-timestamp-ms": "1000",
        "highwater-exception-class": f"{__name__}.NoRoomError",
        "highwater-exception-message": "full",
        "highwater-attempts": "3",
        "highwater-group": "billing",
        "highwater-failed-at": "2026-05-04T12:00:00Z",
    }


def test_a_letter_keeps_key_value_and_headers() -> None:
    record = Record("orders", 0, 7, None, b"\xff", None, (("a", None), ("a", b"\x00")))
    letter = to_dead_letter(record, NoRoomError(), group="g", attempts=1, failed_at=NOW)
    assert (letter.key, letter.value, letter.headers[:2]) == (b"\xff", None, record.headers)
    assert provenance.header(letter.headers, provenance.ORIGINAL_TIMESTAMP_MS) is None


def test_a_long_message_is_cut() -> None:
    letter = to_dead_letter(
        a_record(), NoRoomError("x" * 9_999), group="g", attempts=1, failed_at=NOW
    )
    message = provenance.header(letter.headers, provenance.EXCEPTION_MESSAGE)
    assert message == "x" * MESSAGE_CHARS


def test_a_record_that_failed_again_tells_of_the_last_time() -> None:
    first = to_dead_letter(a_record(), NoRoomError("one"), group="g", attempts=1, failed_at=NOW)
    again = Record("orders", 0, 8, None, first.key, first.value, first.headers)
    second = to_dead_letter(again, NoRoomError("two"), group="g", attempts=1, failed_at=NOW)
    assert provenance.header(second.headers, provenance.EXCEPTION_MESSAGE) == "two"


def test_a_written_letter_ends_its_job(broker: MemoryBroker, letters: DeadLetters) -> None:
    broker.ensure_topics({"orders.dlq": 1})
    failed = job()
    letters.send(failed, NoRoomError("full"))
    assert letters.poll() == [(failed, True)]
    assert names(broker.records("orders.dlq"), provenance.ORIGINAL_OFFSET) == ["7"]


def test_without_a_topic_the_partition_is_held_up_and_the_letter_kept(
    broker: MemoryBroker, letters: DeadLetters, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    failed = job()
    letters.send(failed, NoRoomError("full"))
    assert letters.poll() == []
    assert letters.held_up() == {TopicPartition("orders", 0)}
    assert "orders.dlq" in caplog.text
    broker.ensure_topics({"orders.dlq": 1})
    assert letters.poll() == []  # not yet due
    clock.now += 1.0
    assert letters.poll() == [(failed, True)]
    assert letters.held_up() == frozenset()


def test_a_refused_letter_is_given_up_with_its_partition(
    letters: DeadLetters, broker: MemoryBroker, clock: Clock
) -> None:
    failed = job()
    letters.send(failed, NoRoomError("full"))
    letters.poll()
    assert letters.forget([failed.partition]) == [failed]
    broker.ensure_topics({"orders.dlq": 1})
    clock.now += 1.0
    assert letters.poll() == []
    assert broker.records("orders.dlq") == []


def test_an_abandoned_job_ends_unwritten(letters: DeadLetters) -> None:
    failed = job()
    failed.is_abandoned = True
    letters.send(failed, NoRoomError("full"))
    assert letters.poll() == [(failed, False)]
    assert letters.held_up() == frozenset()
