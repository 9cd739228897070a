from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.lag.judge import GUARD_MAX_MS, HOUR_MS
from monitor.lag.paces import FEWEST_WAITS
from monitor.lag.trail import Pace, Step, Trail

TICK_MS = 10_000
START_MS = 1_000_000 * TICK_MS


class Walk:
    """One partition, tick by tick."""

    def __init__(self) -> None:
        self.trail, self.now_ms, self.key = Trail(), START_MS, 1

    def tick(
        self,
        committed: int,
        lag: int = 5,
        *,
        log_start: int = 0,
        is_working: bool = True,
        later: int = 1,
    ) -> bool:
        self.now_ms += later * TICK_MS
        step = Step(*(np.array([one]) for one in (self.key, committed, lag, log_start, is_working)))
        return bool(self.trail.push(step, Pace(self.now_ms, TICK_MS))[0])

    def ticks(self, committed: Sequence[int], lag: int = 5, *, log_start: int = 0) -> None:
        for one in committed:
            self.tick(one, lag, log_start=log_start)

    @property
    def silence(self) -> int:
        """In ticks."""
        return int(self.trail.silence_ms(self.now_ms)[0]) // TICK_MS

    @property
    def waits(self) -> int:
        return int(self.trail.paces.counts.sum())

    def lost(self, log_start: int, acknowledged: int = -1) -> int:
        return int(self.trail.lost(np.array([log_start]), np.array([acknowledged]))[0])


@pytest.fixture
def walk() -> Walk:
    return Walk()


def test_silence_lasts_while_the_commit_stays(walk: Walk) -> None:
    walk.ticks([3, 3, 3])
    assert walk.silence == 2
    walk.tick(4)
    assert walk.silence == 0


def test_idle_time_is_no_silence(walk: Walk) -> None:
    walk.ticks([3, 3, 3], lag=0)
    walk.ticks([3, 3], lag=2)
    assert walk.silence == 2


def test_who_has_no_commit_is_neither_silent_nor_at_a_loss(walk: Walk) -> None:
    walk.tick(-1)
    assert walk.trail.silence_ms(walk.now_ms).tolist() == [-1]
    assert walk.lost(9) == -1


def test_first_sight_and_each_move_are_told(walk: Walk) -> None:
    assert [walk.tick(offset) for offset in (-1, 3, 3, 4, 2, -1, 2)] == [
        False, True, False, True, True, False, False
    ]  # fmt: skip


def test_what_is_deleted_before_the_commit_moves_is_lost(walk: Walk) -> None:
    walk.ticks([10, 10])
    assert (walk.lost(10), walk.lost(11), walk.lost(-1)) == (0, 1, -1)


def test_what_is_acknowledged_is_not_lost_and_what_goes_after_it_is(walk: Walk) -> None:
    walk.ticks([10, 10])
    assert (walk.lost(30), walk.lost(30, 30), walk.lost(35, 30)) == (20, 0, 5)


def test_an_acknowledgement_outlasts_a_commit_that_moves_below_it(walk: Walk) -> None:
    walk.ticks([10, 12])
    assert (walk.lost(30), walk.lost(30, 30), walk.lost(31, 30)) == (18, 0, 1)


def test_an_acknowledgement_beyond_the_log_start_holds(walk: Walk) -> None:
    walk.ticks([10, 10])
    assert (walk.lost(30, 31), walk.lost(-1, 5)) == (0, -1)


def test_a_commit_met_below_the_log_start_lost_what_is_between(walk: Walk) -> None:
    walk.tick(10, log_start=30)
    assert walk.lost(30) == 20


def test_a_commit_that_moves_on_below_the_log_start_loses_still(walk: Walk) -> None:
    walk.ticks([10, 10], log_start=30)
    walk.tick(12, log_start=30)
    assert walk.lost(30) == 18
    walk.tick(31, log_start=30)
    assert walk.lost(30) == 0


def test_who_sets_a_commit_back_below_the_log_start_loses_nothing_by_it(walk: Walk) -> None:
    walk.tick(40, log_start=30)
    walk.tick(10, log_start=30)
    assert (walk.lost(30), walk.lost(35)) == (0, 5)


def test_waits_are_counted_when_they_end(walk: Walk) -> None:
    walk.ticks([1, 1, 1, 2])
    assert walk.waits == 1
    for commit in range(3, 3 + FEWEST_WAITS):
        walk.ticks([commit] * 18)
    usual = walk.trail.paces.usual_ms(np.array([0]), TICK_MS)
    assert usual.tolist() == [189_287]


def test_a_wait_begins_when_lag_does(walk: Walk) -> None:
    walk.ticks([1] * 50, lag=0)
    walk.ticks([1, 2])
    assert walk.trail.paces.counts[0].sum(axis=0).tolist() == [1] + [0] * 11


def test_a_rewind_ends_no_wait(walk: Walk) -> None:
    walk.ticks([5, 5, 2])
    assert walk.waits == 0


def test_the_first_commit_ends_no_wait(walk: Walk) -> None:
    walk.ticks([-1, -1, 5])
    assert walk.waits == 0


def test_who_does_not_work_shows_nothing_usual(walk: Walk) -> None:
    walk.ticks([1, 1])
    walk.tick(2, is_working=False)
    assert walk.waits == 0


def test_what_ends_while_ticks_are_missing_is_not_known(walk: Walk) -> None:
    walk.ticks([1, 1])
    walk.tick(2, later=2)
    assert walk.waits == 0
    walk.tick(2, later=5)
    walk.tick(3)
    assert walk.waits == 1


def test_a_silence_that_no_guard_holds_back_is_not_usual(walk: Walk) -> None:
    most = GUARD_MAX_MS // TICK_MS
    walk.ticks([1] * (most + 1))
    walk.tick(2)
    assert walk.waits == 0
    walk.ticks([2] * (most - 1))
    walk.tick(3)
    assert walk.waits == 1


def test_a_tick_that_comes_again_changes_nothing(walk: Walk) -> None:
    walk.ticks([1, 2, 3])
    before, waits = walk.silence, walk.waits
    walk.now_ms -= 2 * TICK_MS
    assert walk.tick(2) is False
    walk.now_ms += TICK_MS
    assert (walk.silence, walk.waits) == (before, waits)
    assert walk.trail.committed.tolist() == [3]


def known(trail: Trail) -> list[object]:
    names = ("committed", "counts_from", "waits_since_ms", "seen_ms")
    return [*(getattr(trail, name).tolist() for name in names), trail.paces.counts.tolist()]


def reloaded(trail: Trail, before_ms: int) -> Trail:
    fresh = Trail()
    rows = np.arange(len(trail.keys))
    fresh.load(trail.keys.copy(), trail.records(rows, rows), before_ms)
    return fresh


def test_a_stored_trail_comes_back_whole(walk: Walk) -> None:
    walk.ticks([1, 1, 2, 2, 3, 3])
    assert known(reloaded(walk.trail, walk.now_ms + TICK_MS)) == known(walk.trail)


seen = st.tuples(st.integers(-1, 4), st.integers(-1, 2), st.integers(0, 4), st.booleans())


@given(st.lists(seen, min_size=1, max_size=20), st.data())
def test_whenever_it_is_stored_and_however_many_ticks_come_again_nothing_is_forgotten(
    ticks: list[tuple[int, int, int, bool]], data: st.DataObject
) -> None:
    stored = data.draw(st.integers(1, len(ticks)))
    again = data.draw(st.integers(0, stored))

    def go_on(walk: Walk, first: int, last: int) -> None:
        walk.now_ms = START_MS + first * TICK_MS
        for committed, lag, log_start, is_working in ticks[first:last]:
            walk.tick(committed, lag, log_start=log_start, is_working=is_working)

    lasting, restarted = Walk(), Walk()
    go_on(lasting, 0, len(ticks))
    go_on(restarted, 0, stored)
    restarted.trail = reloaded(restarted.trail, START_MS + (len(ticks) + 1) * TICK_MS)
    go_on(restarted, again, len(ticks))
    assert known(restarted.trail) == known(lasting.trail)


def test_a_trail_that_lay_for_a_day_has_forgotten_what_is_usual(walk: Walk) -> None:
    walk.ticks([1, 2, 3])
    assert not reloaded(walk.trail, walk.now_ms + 25 * HOUR_MS).paces.counts.any()


def test_a_trail_from_a_clock_that_was_ahead_goes_on(walk: Walk) -> None:
    walk.ticks([1, 2])
    walk.now_ms -= 1000 * TICK_MS
    walk.trail = reloaded(walk.trail, walk.now_ms)
    assert walk.tick(3) is True


def test_rows_that_no_longer_come_are_dropped_and_others_stay(walk: Walk) -> None:
    walk.ticks([1, 2])
    now = walk.now_ms + TICK_MS
    two = np.array([1, 5])
    step = Step(two, np.array([2, 9]), np.array([5, 5]), np.zeros(2, int), np.ones(2, bool))
    assert walk.trail.push(step, Pace(now, TICK_MS)).tolist() == [False, True]
    assert walk.trail.silence_ms(now).tolist() == [TICK_MS, 0]
    last = Step(*(np.array([one]) for one in (5, 9, 5, 0, True)))
    walk.trail.push(last, Pace(now + TICK_MS, TICK_MS))
    assert walk.trail.keys.tolist() == [5]
    assert walk.trail.paces.counts.shape[0] == 1


def test_each_part_is_due_once_in_as_many_ticks(walk: Walk) -> None:
    due = []
    for _ in range(7):
        walk.tick(1)
        due.append(walk.trail.due(3))
    assert due == [[0], [1], [2], [0], [1], [2], [0]]
    walk.ticks([1] * 9)
    assert sorted(walk.trail.due(3)) == [0, 1, 2]
