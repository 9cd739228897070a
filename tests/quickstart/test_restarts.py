import pytest

from quickstart.restarts import DELAYS_SECONDS, FORGIVEN_AFTER_SECONDS, delay_before_restart


@pytest.mark.parametrize(("crashes", "delay_seconds"), [(1, 1.0), (2, 2.0), (3, 4.0), (4, 8.0)])
def test_each_crash_in_a_row_waits_longer(crashes: int, delay_seconds: float) -> None:
    assert delay_before_restart([100.0] * crashes, now=100.0) == delay_seconds


def test_one_crash_more_than_there_are_delays_is_the_end() -> None:
    assert delay_before_restart([100.0] * (len(DELAYS_SECONDS) + 1), now=100.0) is None


def test_old_crashes_are_forgiven() -> None:
    old = [100.0] * 10
    assert delay_before_restart([*old, 300.0], now=100.0 + FORGIVEN_AFTER_SECONDS + 80) == 1.0
