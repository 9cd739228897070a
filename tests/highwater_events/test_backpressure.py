import pytest

from highwater_events.backpressure import Limits, Load, is_gap_too_wide, is_too_much

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


@pytest.mark.parametrize(
    ("gap", "is_paused", "expected"),
    [(99, False, False), (100, False, True), (50, True, True), (49, True, False)],
)
def test_a_gap_pauses_at_its_limit_and_goes_on_at_half(
    gap: int, is_paused: bool, expected: bool
) -> None:
    assert is_gap_too_wide(gap, Limits(gap_records=100), is_paused=is_paused) is expected
