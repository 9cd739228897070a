import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.shop.pace import Pace, Wave, handling_seconds


@given(st.floats(0, 1_000), st.lists(st.floats(0.001, 0.9), min_size=1, max_size=50))
def test_over_time_a_pace_keeps_its_rate(rate: float, waits: list[float]) -> None:
    pace, now = Pace(rate), 1_000.0
    total = pace.due(now)
    for wait in waits:
        now += wait
        total += pace.due(now)
    # A step of under a second is never cut, so nothing is lost but the part of an event.
    assert total <= rate * sum(waits) + 1e-6
    assert total >= min(rate * sum(waits), rate) - 1.001


def test_what_an_outage_kept_is_not_made_up_for() -> None:
    pace = Pace(50.0)
    pace.due(0.0)
    assert pace.due(600.0) == 50
    assert pace.due(600.0) == 0


def test_a_slow_shop_sells_its_one_event_when_it_is_due() -> None:
    pace = Pace(0.1)
    assert [pace.due(float(now)) for now in range(0, 21, 5)] == [0, 0, 1, 0, 1]


def test_a_rate_of_zero_sells_nothing() -> None:
    pace = Pace(0.0)
    assert pace.due(0.0) + pace.due(100.0) == 0


def test_a_wave_is_slow_first_and_then_fast() -> None:
    wave = Wave(slow_seconds=90, fast_seconds=150)
    assert [wave.is_slow(now) for now in (0, 89, 90, 239, 240)] == [True, True, False, False, True]


@pytest.mark.parametrize(
    ("arrivals", "expected"),
    [
        # 1 four workers that take 1/3 s each handle 12 a second: 40% of 30
        (30.0, 4 / 12),
        # 2 a trickle would let a record take minutes
        (1.0, 1.0),
        # 3 nothing arrives
        (0.0, 0.0),
    ],
)
def test_workers_are_slow_enough_to_fall_behind(arrivals: float, expected: float) -> None:
    assert handling_seconds(arrivals, workers=4, share=0.4) == pytest.approx(expected)
