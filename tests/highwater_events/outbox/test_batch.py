import uuid
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highwater_events.broker.base import Delivery, OutgoingRecord
from highwater_events.envelope import Event
from highwater_events.errors import BrokerUnreachableError, DeliveryError
from highwater_events.outbox.batch import PendingRow, settle, wait_seconds, waves

RECORD = OutgoingRecord("t", b"k", b"v")
GOOD = Delivery(RECORD, 0, 0)
REFUSED = Delivery(RECORD, None, None, DeliveryError("too large"))
AWAY = Delivery(RECORD, None, None, BrokerUnreachableError("nobody"))


def row(position: int, key: str, attempts: int = 0) -> PendingRow:
    event = Event(uuid.uuid4(), "e", "/s", datetime.now(UTC), "order", key, b"{}")
    return PendingRow(position, 0, "t", attempts, event)


ROWS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([0, 0, 0, 1])), max_size=20).map(
    lambda drawn: [row(place, key, attempts) for place, (key, attempts) in enumerate(drawn)]
)
REPORTS = st.lists(st.sampled_from([GOOD, REFUSED, AWAY, None]), min_size=20, max_size=20)


def test_rows_that_were_never_refused_go_together() -> None:
    rows = [row(1, "a"), row(2, "b"), row(3, "a")]
    assert waves(rows) == [rows]


def test_a_row_that_was_refused_goes_alone_and_holds_back_its_key() -> None:
    suspect, behind, other = row(2, "a", 1), row(3, "a"), row(4, "b")
    assert waves([suspect, behind, other]) == [[other], [suspect]]


def test_a_row_that_was_refused_waits_while_its_key_has_earlier_rows() -> None:
    early, suspect, behind = row(1, "a"), row(2, "a", 1), row(3, "a")
    assert waves([early, suspect, behind]) == [[early]]


def test_nothing_to_send_is_no_wave() -> None:
    assert waves([]) == []


def test_a_refused_row_costs_an_attempt_and_what_is_behind_it_waits() -> None:
    first, second, other = row(1, "a"), row(2, "a"), row(3, "b")
    outcome = settle([first, second, other], {1: REFUSED, 2: GOOD, 3: GOOD})
    assert outcome.refused == ((first, "too large"),)
    assert outcome.waiting == (second,)
    assert outcome.published == (other,)


def test_an_outage_costs_no_attempt() -> None:
    rows = [row(1, "a"), row(2, "b")]
    outcome = settle(rows, {1: AWAY})
    assert outcome.waiting == tuple(rows)
    assert outcome.refused == ()


def test_only_the_first_refused_row_of_a_key_is_charged() -> None:
    first, second = row(1, "a"), row(2, "a")
    assert settle([first, second], {1: REFUSED, 2: REFUSED}).waiting == (second,)


@given(ROWS, REPORTS)
def test_what_counts_as_published_is_an_unbroken_run_of_each_key(
    rows: list[PendingRow], reports: list[Delivery | None]
) -> None:
    deliveries = {at: report for at, report in enumerate(reports) if report is not None}
    outcomes = [settle(wave, deliveries) for wave in waves(rows)]
    published = {each.position for outcome in outcomes for each in outcome.published}
    for key in "abc":
        flags = [each.position in published for each in rows if each.event.aggregate_id == key]
        assert flags == sorted(flags, reverse=True)
    assert all(reports[position] is GOOD for position in published)


@given(ROWS, REPORTS)
def test_every_row_of_a_wave_has_one_outcome(
    rows: list[PendingRow], reports: list[Delivery | None]
) -> None:
    deliveries = {at: report for at, report in enumerate(reports) if report is not None}
    outcome = settle(rows, deliveries)
    settled = [*outcome.published, *(each for each, _ in outcome.refused), *outcome.waiting]
    assert sorted(each.position for each in settled) == [each.position for each in rows]


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 1), (2, 2), (6, 32), (7, 60), (500, 60)])
def test_a_row_waits_longer_after_each_refusal(attempts: int, seconds: float) -> None:
    assert wait_seconds(attempts) == seconds
