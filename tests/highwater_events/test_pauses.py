import logging

import pytest

from highwater_events.backpressure import Limits, Load
from highwater_events.broker.base import TopicPartition
from highwater_events.pauses import Pauses, listed

ONE, OTHER = TopicPartition("orders", 0), TopicPartition("orders", 1)
LIMITS = Limits(records=10, gap_records=4)


def test_too_much_in_memory_pauses_all() -> None:
    assert Pauses(LIMITS).wanted(Load(10), {ONE: 0, OTHER: 0}, set()) == {ONE, OTHER}


def test_a_gap_pauses_its_own_partition_until_half_of_it_is_left() -> None:
    pauses = Pauses(LIMITS)
    gaps = [{ONE: gap, OTHER: 3} for gap in (3, 4, 2, 1)]
    assert [pauses.wanted(Load(), gap, set()) for gap in gaps] == [set(), {ONE}, {ONE}, set()]


def test_a_dead_letter_that_is_not_taken_pauses_its_partition_while_it_is_ours() -> None:
    pauses = Pauses(LIMITS)
    assert pauses.wanted(Load(), {ONE: 0, OTHER: 0}, {OTHER}) == {OTHER}
    assert pauses.wanted(Load(), {ONE: 0}, {OTHER}) == frozenset()


def test_a_gap_is_reported_once(caplog: pytest.LogCaptureFixture) -> None:
    pauses = Pauses(LIMITS)
    with caplog.at_level(logging.WARNING, "highwater_events"):
        for _ in range(3):
            pauses.wanted(Load(), {ONE: 4}, set())
    assert caplog.messages == [
        "Paused orders-0: 4 records or more are handled behind one that is not."
    ]


def test_no_partition_is_listed_as_nothing() -> None:
    assert (listed([]), listed([OTHER, ONE])) == ("nothing", "orders-0, orders-1")
