import numpy as np
import pytest

from monitor.lag.marks import EVERY_MS, LEAST_MS, LENGTH, SPAN_MS, Marks
from monitor.lag.windows import Samples

MINUTE_MS = 60_000


def sample(*rows: tuple[int, int, int]) -> Samples:
    """Each row: key, committed, log end."""
    key, committed, log_end = np.array(rows, dtype=np.int64).T
    return Samples(key, committed, log_end - committed, log_end)


def rates(*ticks: tuple[int, int, int]) -> tuple[float, float]:
    """Consumed and produced per second of one partition; each tick: minute, commit, end."""
    marks = Marks()
    for minute, commit, end in ticks:
        now = sample((1, commit, end))
        marks.push(now, minute * MINUTE_MS)
    consumed, produced = marks.rates(now, minute * MINUTE_MS)
    return float(consumed[0]), float(produced[0])


def test_who_commits_each_third_minute_has_a_rate_in_every_minute() -> None:
    ticks = [(minute, minute // 3 * 180, minute * 60) for minute in range(60)]
    for last in range(20, 60):
        consumed, produced = rates(*ticks[: last + 1])
        assert consumed == pytest.approx(1, rel=0.2)
        assert produced == pytest.approx(1)


def test_a_rate_is_unknown_until_five_minutes_are_known() -> None:
    assert np.isnan(rates((0, 0, 0), (4, 60, 60))).all()
    assert rates((0, 0, 0), (5, 300, 600)) == (1, 2)


def test_who_stands_still_for_a_quarter_consumes_nothing() -> None:
    consumed, produced = rates(*((minute, 500, 60 * minute) for minute in range(30)))
    assert consumed == 0
    assert produced == pytest.approx(1)


def test_what_lies_before_the_quarter_does_not_count() -> None:
    assert rates((0, 0, 0), (10, 6000, 6000), (40, 6000, 6000), (50, 6600, 7200)) == (1, 2)


def test_a_rewind_consumes_nothing() -> None:
    assert rates((0, 900, 900), (5, 300, 900), (10, 600, 900)) == (0.5, 0)


def test_an_unknown_commit_or_end_makes_its_rate_unknown_and_not_zero() -> None:
    assert np.isnan(rates((0, 0, 0), (5, -1, 600))[0])
    assert np.isnan(rates((0, 0, 0), (5, 300, -1))[1])


def test_a_commit_that_comes_later_is_measured_from_its_first_mark() -> None:
    assert rates((0, -1, 0), (5, 0, 0), (10, 300, 600)) == (1, 2)


def test_rows_come_and_go_and_keep_their_own() -> None:
    marks = Marks()
    marks.push(sample((3, 0, 0), (5, 100, 100)), 0)
    marks.push(sample((5, 400, 400), (7, 9, 9)), LEAST_MS)
    now = sample((2, 1, 1), (5, 400, 700), (7, 309, 309))
    marks.push(now, 2 * LEAST_MS)
    consumed, produced = marks.rates(now, 2 * LEAST_MS)
    assert np.isnan(consumed).tolist() == [True, False, False]
    assert (consumed[1:].tolist(), produced[1:].tolist()) == ([0.5, 1], [1, 1])


def test_rows_that_are_forgotten_begin_anew() -> None:
    marks = Marks()
    marks.push(sample((3, 0, 0), (5, 0, 0)), 0)
    marks.forget(np.array([True, False]))
    now = sample((3, 300, 300), (5, 300, 300))
    marks.push(now, LEAST_MS)
    consumed, _ = marks.rates(now, LEAST_MS)
    assert np.isnan(consumed).tolist() == [True, False]


def test_no_more_marks_are_kept_than_the_quarter_needs() -> None:
    marks = Marks()
    for tick in range(1000):
        marks.push(sample((1, tick, tick)), 10_000 * tick)
    assert len(marks._committed) == LENGTH
    assert marks._times_ms[-1] - marks._times_ms[0] <= SPAN_MS
    assert np.diff(marks._times_ms).min() >= EVERY_MS


def test_without_partitions_there_is_nothing_to_measure() -> None:
    marks, nothing = Marks(), np.empty(0, dtype=np.int64)
    none = Samples(nothing, nothing, nothing, nothing)
    marks.push(none, 0)
    assert [len(column) for column in marks.rates(none, 0)] == [0, 0]
