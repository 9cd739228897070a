"""The token bucket."""

from hypothesis import given
from hypothesis import strategies as st

from monitor.replay.throttle import TokenBucket


def test_without_a_rate_all_is_granted() -> None:
    assert TokenBucket(None, 0.0).take(10**9, 0.0) == 10**9
    assert TokenBucket(None, 0.0).wait_seconds(10**9, 0.0) == 0.0


def test_it_starts_empty_and_fills_at_the_rate() -> None:
    bucket = TokenBucket(100, 0.0)
    assert bucket.take(50, 0.0) == 0
    assert bucket.take(50, 0.25) == 25


def test_it_saves_up_half_a_second_at_most() -> None:
    assert TokenBucket(100, 0.0).take(1000, 3600.0) == 50


def test_a_slow_rate_still_grants_single_records() -> None:
    assert TokenBucket(1, 0.0).take(5, 1.0) == 1


def test_a_clock_that_steps_back_drains_nothing() -> None:
    bucket = TokenBucket(100, 10.0)
    bucket.take(0, 10.25)
    assert bucket.take(50, 9.0) == 25


def test_unused_tokens_are_given_back() -> None:
    bucket = TokenBucket(100, 0.0)
    assert bucket.take(50, 0.5) == 50
    bucket.give_back(30)
    assert bucket.take(50, 0.5) == 30


@given(
    rate=st.integers(1, 100_000),
    steps=st.lists(st.tuples(st.floats(0, 2), st.integers(0, 10_000)), max_size=50),
)
def test_it_never_grants_more_than_rate_times_time(
    rate: int, steps: list[tuple[float, int]]
) -> None:
    now, granted = 0.0, 0
    bucket = TokenBucket(rate, now)
    for passed, wanted in steps:
        now += passed
        granted += bucket.take(wanted, now)
    assert granted <= rate * now + 1e-6 * len(steps) + 1e-3


@given(rate=st.integers(1, 100_000), wanted=st.integers(1, 10_000))
def test_waiting_as_told_grants_something(rate: int, wanted: int) -> None:
    bucket = TokenBucket(rate, 0.0)
    wait = bucket.wait_seconds(wanted, 0.0)
    assert bucket.take(wanted, wait + 1e-6) > 0
