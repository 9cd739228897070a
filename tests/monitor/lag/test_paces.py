import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.lag.judge import GUARD_MAX_MS, HOUR_MS
from monitor.lag.paces import BUCKETS, FEWEST_WAITS, GENERATION_MS, Paces, edges_ms, empty

INTERVAL_MS = 10_000
NOW_MS = 1_000 * GENERATION_MS


def paces(*waits_ms: int, rows: int = 1) -> Paces:
    """Waits of row 0."""
    found = Paces(empty(rows), NOW_MS // GENERATION_MS)
    add(found, *waits_ms)
    return found


def add(found: Paces, *waits_ms: int) -> None:
    for wait_ms in waits_ms:
        found.add(np.array([0]), np.array([wait_ms]), INTERVAL_MS)


def usual(found: Paces) -> int:
    return int(found.usual_ms(np.array([0]), INTERVAL_MS)[0])


def test_edges_go_from_three_intervals_to_five_minutes() -> None:
    edges = edges_ms(INTERVAL_MS).tolist()
    assert (len(edges), edges[0], edges[-1]) == (BUCKETS - 1, 30_000, 300_000)
    assert edges == sorted(set(edges))
    assert set(edges_ms(3600_000).tolist()) == {300_000}


@given(st.integers(1, GUARD_MAX_MS), st.integers(1, 3600))
def test_what_is_usual_is_never_shorter_than_what_was_seen(wait_ms: int, interval: int) -> None:
    found = paces()
    for _ in range(FEWEST_WAITS):
        found.add(np.array([0]), np.array([wait_ms]), interval * 1000)
    assert found.usual_ms(np.array([0]), interval * 1000)[0] >= wait_ms


def test_three_minutes_are_usual_within_a_bucket() -> None:
    assert usual(paces(*[180_000] * 10)) == 189_287


def test_fewer_than_ten_waits_tell_nothing() -> None:
    assert usual(paces(*[180_000] * 9)) == -1
    assert usual(paces(*[180_000] * 10)) > 0


def test_one_long_wait_in_twenty_is_not_usual_but_two_are() -> None:
    assert usual(paces(*[10_000] * 19, 299_000)) == 30_000
    assert usual(paces(*[10_000] * 18, 299_000, 299_000)) == 300_000


def test_above_five_minutes_all_is_the_same() -> None:
    assert usual(paces(*[300_001] * 10)) == usual(paces(*[900_000] * 10)) == GUARD_MAX_MS


def test_a_day_is_forgotten_in_quarters() -> None:
    found = paces(*[180_000] * 10)
    found.turn_to(NOW_MS + 23 * HOUR_MS)
    assert usual(found) > 0
    found.turn_to(NOW_MS + 24 * HOUR_MS)
    assert usual(found) == -1


@pytest.mark.parametrize("away", [24 * HOUR_MS, 1000 * HOUR_MS])
def test_an_outage_of_a_day_forgets_all(away: int) -> None:
    found = paces(*[180_000] * 10)
    found.turn_to(NOW_MS + away)
    assert not found.counts.any()


def test_a_clock_set_back_forgets_nothing() -> None:
    found = paces(*[180_000] * 10)
    found.turn_to(NOW_MS - 7 * HOUR_MS)
    assert usual(found) > 0


def test_full_counts_keep_their_shares() -> None:
    found = paces(*[10_000] * 990, *[299_000] * 40, *[10_000] * 990)
    assert usual(found) == 30_000
    assert int(found.counts.max()) <= 255


def test_rows_are_counted_alone() -> None:
    found = paces(*[180_000] * 10, rows=3)
    assert found.usual_ms(np.arange(3), INTERVAL_MS).tolist() == [189_287, -1, -1]
