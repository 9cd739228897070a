from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.lag.moments import epoch_ms

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@given(st.integers(0, 10**12), st.integers(1, 10**6))
def test_whole_milliseconds_between_two_moments_are_kept(offset: int, apart: int) -> None:
    one = NOW + timedelta(microseconds=offset)
    assert epoch_ms(one + timedelta(milliseconds=apart)) - epoch_ms(one) == apart


def test_the_epoch_is_zero() -> None:
    assert epoch_ms(datetime(1970, 1, 1, tzinfo=UTC)) == 0
