from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.lag.widening import CALM_TICKS, reason, widened


@dataclass(frozen=True)
class Case:
    number: int
    why: str
    present: int
    took: list[float]
    after: int


CASES = [
    Case(1, "nothing is known", 10, [], 10),
    Case(2, "quick", 10, [0.4] * 6, 10),
    Case(3, "exactly as long as the interval is not longer", 10, [10.0], 10),
    Case(4, "1: a little longer, with a quarter of itself as room", 10, [10.1], 20),
    Case(5, "1: 16 s and a quarter fill 20 s", 10, [16.0], 20),
    Case(6, "1: a little more than that does not", 10, [16.1], 30),
    Case(7, "1: only the last tick counts", 10, [1.0, 40.0], 10),
    Case(8, "1: no wider than is allowed", 10, [400.0], 60),
    Case(9, "1: at the widest already", 60, [400.0], 60),
    Case(18, "1: less is allowed by now", 90, [400.0], 60),
    Case(19, "3: less is allowed by now", 90, [80.0], 60),
    Case(20, "2: less is allowed by now", 90, [70.0] * 6, 60),
    Case(10, "1: from wide to wider", 20, [21.0], 30),
    Case(11, "2: six quick ticks", 30, [1.0] * 6, 10),
    Case(12, "2: five are not enough", 30, [1.0] * 5, 30),
    Case(13, "2: the slowest of the six counts", 60, [1.0, 14.0, 1.0, 1.0, 1.0, 1.0], 20),
    Case(14, "2: what was before them does not", 30, [1.0] * 6 + [29.0], 10),
    Case(15, "2: there is no room in a narrower one", 20, [9.0] * 6, 20),
    Case(16, "2: just room enough", 20, [8.0] * 6, 10),
    Case(17, "3: long, but within the interval", 30, [29.0] * 6, 30),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.number))
def test_the_interval_widens_at_once_and_narrows_after_calm(case: Case) -> None:
    assert widened(10, case.present, case.took, 60) == case.after, case.why


def test_nothing_widens_where_the_most_is_below_what_is_asked() -> None:
    assert widened(10, 10, [500.0], 1) == 10


@given(
    asked=st.integers(1, 60),
    factor=st.integers(1, 10),
    took=st.lists(st.floats(0, 1000), max_size=8),
    most=st.integers(1, 3600),
)
def test_it_is_a_multiple_of_what_is_asked_and_within_bounds(
    asked: int, factor: int, took: list[float], most: int
) -> None:
    present = asked * factor
    after = widened(asked, present, took, most)
    assert after % asked == 0
    assert asked <= after <= max(most, asked) or not took


def test_reasons_have_their_numbers() -> None:
    assert reason(24.06, 10, 40) == "A tick took 24.1 s, longer than the interval of 10 s."
    assert reason(70.0, 90, 60) == "No more than 60 s are allowed."
    assert reason(1.9, 40, 10) == f"The last {CALM_TICKS} ticks took 1.9 s at most."
