from datetime import UTC, datetime, timedelta

import pytest

from dashboard.queries.group_detail import group_detail
from dashboard.queries.transactions import TransactionProducer
from monitor.kafka.memory import MemoryReader
from monitor.kafka.ports import Int64s, OpenTransaction, PartitionIndex
from monitor.values import ReadingFlag
from tests.monitor.lag.worlds import Sampled

pytestmark = pytest.mark.django_db

OPEN, HUNG = ReadingFlag.TRANSACTION_OPEN, ReadingFlag.TRANSACTION_HUNG


def hold(sampled: Sampled) -> None:
    """A transaction opens in partition 0."""
    log = sampled.kafka.topics["t"][0]
    log.open_since = log.log_end


def work(sampled: Sampled, *, ticks: int) -> None:
    """Another producer goes on."""
    for _ in range(ticks):
        sampled.kafka.append("t", 0, 5)
        sampled.tick()


def shown(sampled: Sampled) -> tuple[ReadingFlag, datetime | None]:
    row = group_detail(sampled.group("g")).topics[0].partitions[0]
    return row.flags & (OPEN | HUNG), row.transaction_since


def test_it_is_hung_after_two_minutes_and_told_since_when(sampled: Sampled) -> None:
    work(sampled, ticks=2)
    since = sampled.now
    hold(sampled)
    work(sampled, ticks=11)
    flags, told = shown(sampled)
    assert flags == OPEN
    assert told is not None
    assert abs(told - since) < timedelta(milliseconds=2)
    work(sampled, ticks=1)
    assert shown(sampled) == (OPEN | HUNG, told)


def test_one_that_moves_on_is_none(sampled: Sampled) -> None:
    for _ in range(14):
        hold(sampled)
        work(sampled, ticks=1)
    assert shown(sampled)[0] == OPEN


def test_an_ended_one_is_told_no_more(sampled: Sampled) -> None:
    work(sampled, ticks=1)
    hold(sampled)
    work(sampled, ticks=14)
    sampled.kafka.topics["t"][0].open_since = None
    work(sampled, ticks=1)
    assert shown(sampled) == (ReadingFlag.NORMAL, None)


def test_a_restart_remembers_since_when(sampled: Sampled) -> None:
    work(sampled, ticks=1)
    hold(sampled)
    work(sampled, ticks=14)
    before = shown(sampled)
    sampled.restart()
    work(sampled, ticks=1)
    assert shown(sampled) == before


def test_one_older_than_what_was_watched_counts_from_the_first_sight(sampled: Sampled) -> None:
    hold(sampled)
    work(sampled, ticks=13)
    flags, told = shown(sampled)
    assert flags == OPEN | HUNG
    assert told is not None
    first = sampled.now.astimezone(UTC) - 12 * sampled.interval
    assert abs(told - first) < timedelta(milliseconds=2)


def producer(sampled: Sampled) -> TransactionProducer | None:
    return group_detail(sampled.group("g")).topics[0].partitions[0].transaction_producer


def test_the_producer_is_told_once_it_hangs(sampled: Sampled) -> None:
    work(sampled, ticks=2)
    hold(sampled)
    work(sampled, ticks=11)
    assert producer(sampled) is None
    work(sampled, ticks=1)
    assert producer(sampled) == TransactionProducer(7, 0, None)


def test_the_producer_of_one_transaction_is_not_told_of_the_next(sampled: Sampled) -> None:
    work(sampled, ticks=1)
    hold(sampled)
    work(sampled, ticks=14)
    sampled.kafka.tells_producers = False
    hold(sampled)
    work(sampled, ticks=1)
    assert producer(sampled) is None


def test_a_producer_that_is_not_told_is_null(sampled: Sampled) -> None:
    sampled.kafka.tells_producers = False
    hold(sampled)
    work(sampled, ticks=14)
    assert shown(sampled)[0] == OPEN | HUNG
    assert producer(sampled) is None


def test_nobody_is_asked_for_producers_while_nothing_hangs(sampled: Sampled) -> None:
    asked: list[int] = []

    class NotingReader(MemoryReader):
        def open_transactions(
            self, positions: Int64s, partitions: PartitionIndex
        ) -> list[OpenTransaction]:
            asked.extend(positions.tolist())
            return super().open_transactions(positions, partitions)

    hold(sampled)
    for _ in range(14):
        sampled.kafka.append("t", 0, 5)
        sampled.tick(by=NotingReader)
    # Once as it is met to hang, and not at the next tick.
    assert asked == [0]
