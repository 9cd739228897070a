"""The columns against the simple form, and what only columns have: rows that come and go."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from monitor.lag.rows import keys
from monitor.lag.timelag import MOST_POINTS, OffsetTimeline
from monitor.lag.timeline_form import packed, unpacked
from monitor.lag.timelines import Timelines

PARTITIONS = 3

Tick = tuple[int, list[int]]

# Later by, and the move of each partition's end: -1 says that it is not known, 99 that it fell.
ticks = st.lists(
    st.tuples(
        st.integers(0, 20),
        st.lists(
            st.sampled_from([0, 0, 1, 7, 30, -1, 99]), min_size=PARTITIONS, max_size=PARTITIONS
        ),
    ),
    max_size=2 * MOST_POINTS,
)


def ids(*topics: int, partitions: int = 1) -> np.ndarray:
    numbers = np.tile(np.arange(partitions), len(topics))
    return keys(np.repeat(np.array(topics, dtype=np.int64), partitions), numbers)


def column(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def both_after(moves: list[Tick]) -> tuple[Timelines, list[OffsetTimeline]]:
    columns, simple = Timelines(), [OffsetTimeline() for _ in range(PARTITIONS)]
    ends, seen_ms, time_ms = [500] * PARTITIONS, [0] * PARTITIONS, 1000
    for later, ahead in moves:
        time_ms += later
        ends = [
            end // 2 if move == 99 else end + max(0, move)
            for end, move in zip(ends, ahead, strict=True)
        ]
        told = [-1 if move == -1 else end for end, move in zip(ends, ahead, strict=True)]
        columns.add(ids(5, partitions=PARTITIONS), column(*told), time_ms)
        for number, (line, end) in enumerate(zip(simple, told, strict=True)):
            if end < 0:
                continue
            # A fall that is not newer says nothing of what came since.
            if end < line.newest_offset and time_ms > seen_ms[number]:
                line.clear()
            line.add(end, time_ms)
            seen_ms[number] = time_ms
    return columns, simple


@given(ticks, st.lists(st.integers(-5, 4000), min_size=1, max_size=20))
def test_every_row_says_what_the_simple_form_says(moves: list[Tick], asked: list[int]) -> None:
    columns, simple = both_after(moves)
    for number, line in enumerate(simple):
        own = np.repeat(ids(5, partitions=PARTITIONS)[number], len(asked))
        found = [None if np.isnan(one) else one for one in columns.times_of(own, column(*asked))]
        assert found == [line.time_of(offset) for offset in asked]


def test_a_full_row_is_thinned_and_its_neighbour_is_not() -> None:
    lines = Timelines()
    for tick in range(10 * MOST_POINTS):
        lines.add(ids(1, partitions=2), column(10 * tick, 7), 1000.0 * tick)
    assert lines.counts.max() <= MOST_POINTS
    assert lines.counts[1] == 2
    newest = 10 * MOST_POINTS - 1
    asked = ids(1, partitions=2)[[0, 0, 0, 1]]
    found = lines.times_of(asked, column(0, 5005, 10 * newest, 7))
    assert found.tolist() == [0, 500_500, 1000.0 * newest, 1000.0 * newest]


def test_topics_come_and_go_between_others() -> None:
    lines = Timelines()
    lines.add(ids(1, 3), column(0, 0), 0)
    lines.add(ids(1, 2, 3), column(10, 0, 100), 1000)
    lines.add(ids(2), column(20), 2000)
    assert lines.times_of(ids(3, 1, 2), column(50, 5, 10)).tolist() == [500, 500, 1500]
    lines.keep_only(column(1, 3))
    found = lines.times_of(ids(3, 1, 2), column(50, 5, 10)).tolist()
    assert found[:2] == [500, 500] and np.isnan(found[2])


def told(*points: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """One row of points, oldest first."""
    return np.array([[point[0] for point in points]]), np.array([[point[1] for point in points]])


def test_what_somebody_tells_stands_before_what_was_watched() -> None:
    lines, own = Timelines(), ids(1)
    lines.add(own, column(100), 10_000)
    lines.put_before(own, *told((0, 1000), (50, 6000), (-1, 0), (90, 9000)))
    asked = own[[0, 0, 0, 0]]
    offsets = column(0, 25, 90, 95)
    assert lines.times_of(asked, offsets).tolist() == [1000, 3500, 9000, 9500]
    assert lines.were_watched(own[[0, 0]], column(99, 100)).tolist() == [False, True]


def test_what_is_told_out_of_order_is_left_out() -> None:
    lines, own = Timelines(), ids(1)
    lines.add(own, column(100), 10_000)
    lines.put_before(own, *told((120, 1000), (10, 7000), (20, 5000), (80, 11_000)))
    # The one beyond the end, the one after now, and the one that a later record is older than.
    assert lines.counts.tolist() == [2]
    assert lines.times_of(own, column(60)).tolist() == [7500]


def test_a_full_timeline_makes_room_for_what_is_told() -> None:
    lines, own = Timelines(), ids(1)
    for tick in range(MOST_POINTS):
        lines.add(own, column(1000 + 10 * tick), 10_000.0 + tick)
    lines.put_before(own, *told((0, 1000), (500, 2000)))
    assert lines.counts[0] <= MOST_POINTS
    assert lines.times_of(own[[0, 0]], column(250, 1000)).tolist() == [1500, 10_000]


def test_a_log_made_anew_is_watched_from_its_new_end() -> None:
    lines, own = Timelines(), ids(1)
    lines.add(own, column(100), 1000)
    lines.add(own, column(5), 2000)
    assert lines.were_watched(own, column(5)).tolist() == [True]


def test_an_older_tick_that_comes_again_clears_nothing() -> None:
    lines, own = Timelines(), ids(1)
    lines.add(own, column(100), 1000)
    lines.add(own, column(200), 2000)
    lines.add(own, column(100), 1000)
    assert lines.times_of(own, column(150)).tolist() == [1500]


@given(ticks)
def test_what_is_kept_comes_back_whole(moves: list[Tick]) -> None:
    lines, _ = both_after(moves)
    lines.add(ids(4, 9), column(7, 8), 900_000)
    kept = [unpacked(packed(lines.points_of(topic))) for topic in lines.topic_ids.tolist()]
    again = Timelines()
    again.load(lines.topic_ids, kept)
    asked = np.repeat(lines.keys, 50)
    offsets = np.tile(np.arange(0, 2000, 40), len(lines.keys))
    np.testing.assert_array_equal(again.times_of(asked, offsets), lines.times_of(asked, offsets))
    watched = again.were_watched(asked, offsets), lines.were_watched(asked, offsets)
    np.testing.assert_array_equal(*watched)
    for each in (lines, again):
        each.add(lines.keys, np.full(len(lines.keys), 3000), 999_999)
    assert again.counts.tolist() == lines.counts.tolist()


points = st.lists(st.tuples(st.integers(-1, 120), st.integers(0, 1200)), min_size=1, max_size=9)


@given(points, st.lists(st.integers(0, 110), min_size=1, max_size=20))
def test_times_never_fall_whatever_is_told(said: list[tuple[int, int]], asked: list[int]) -> None:
    lines, own = Timelines(), ids(1)
    lines.add(own, column(100), 1000)
    lines.put_before(own, *told(*said))
    lines.add(own, column(110), 1100)
    found = lines.times_of(np.repeat(own, len(asked)), column(*sorted(asked)))
    known = found[~np.isnan(found)]
    assert (np.diff(known) >= 0).all()
    assert ((known >= 0) & (known <= 1100)).all()


def test_a_topic_that_nobody_knows_has_no_times() -> None:
    assert np.isnan(Timelines().times_of(ids(1), column(4))).all()
