from hypothesis import given
from hypothesis import strategies as st

from monitor.lag.timelag import MOST_POINTS, OffsetTimeline


def timeline(*points: tuple[int, float]) -> OffsetTimeline:
    line = OffsetTimeline()
    for offset, time_ms in points:
        line.add(offset, time_ms)
    return line


def test_fewer_than_two_points_tell_nothing() -> None:
    assert OffsetTimeline().time_of(5) is None
    assert timeline((5, 100)).time_of(5) is None


def test_a_time_between_two_points_is_on_the_line() -> None:
    line = timeline((0, 1000), (100, 2000))
    assert line.time_of(25) == 1250


def test_the_last_offset_has_the_last_time() -> None:
    assert timeline((0, 1000), (100, 2000), (100, 3000)).time_of(100) == 3000


def test_after_a_flat_stretch_the_newest_segment_answers() -> None:
    line = timeline((0, 0), (10, 1000), (10, 5000), (20, 6000))
    assert line.time_of(10) == 5000
    assert line.time_of(15) == 5500


def test_a_flat_stretch_is_two_points() -> None:
    line = timeline((0, 0), (10, 1000), (10, 2000), (10, 3000), (10, 4000))
    assert len(line) == 3
    assert line.time_of(10) == 4000


def test_outside_the_timeline_nothing_is_made_up() -> None:
    line = timeline((10, 1000), (20, 2000))
    assert line.time_of(9) is None
    assert line.time_of(21) is None


def test_an_older_point_or_a_smaller_offset_is_ignored() -> None:
    line = timeline((10, 1000), (20, 2000), (30, 2000), (15, 3000))
    assert len(line) == 2
    assert line.time_of(20) == 2000


def test_a_cleared_timeline_starts_anew() -> None:
    line = timeline((10, 1000), (20, 2000))
    line.clear()
    line.add(3, 100)
    line.add(5, 200)
    assert line.time_of(4) == 150


def test_a_full_timeline_keeps_its_ends_and_stays_bounded() -> None:
    line = timeline(*((10 * tick, 1000.0 * tick) for tick in range(10 * MOST_POINTS)))
    assert len(line) <= MOST_POINTS
    assert line.time_of(0) == 0
    newest = 10 * MOST_POINTS - 1
    assert line.time_of(10 * newest) == 1000.0 * newest
    assert line.time_of(5005) == 500_500


steps = st.lists(
    st.tuples(st.integers(0, 50), st.integers(1, 50)), min_size=2, max_size=3 * MOST_POINTS
)
Moves = list[tuple[int, int]]


@given(steps, st.data())
def test_times_never_fall_as_offsets_rise(
    moves: list[tuple[int, int]], data: st.DataObject
) -> None:
    line, offset, time_ms = OffsetTimeline(), 0, 0
    for ahead, later in moves:
        offset, time_ms = offset + ahead, time_ms + later
        line.add(offset, time_ms)
    asked = sorted(data.draw(st.lists(st.integers(-5, offset + 5), max_size=20)))
    times = [found for one in asked if (found := line.time_of(one)) is not None]
    assert times == sorted(times)
    assert all(moves[0][1] <= found <= time_ms for found in times)
    assert len(line) <= MOST_POINTS
