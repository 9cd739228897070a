import pytest

from highwater_events.backpressure import Limits, Load, is_too_much

LIMITS = Limits(records=10, size_bytes=1_000)

CASES = [
    # 1 below both limits
    (Load(9, 999), False, False),
    # 2 at either limit
    (Load(10, 0), False, True),
    (Load(1, 1_000), False, True),
    # 3 once paused, it stays so down to half of both
    (Load(5, 0), True, True),
    (Load(1, 500), True, True),
    (Load(4, 499), True, False),
]


@pytest.mark.parametrize(("load", "is_paused", "expected"), CASES)
def test_fetching_pauses_at_the_limit_and_goes_on_at_half(
    load: Load, is_paused: bool, expected: bool
) -> None:
    assert is_too_much(load, LIMITS, is_paused=is_paused) is expected


def test_a_load_grows_and_shrinks_by_records() -> None:
    assert Load().plus(5).plus(7).minus(5) == Load(1, 7)
