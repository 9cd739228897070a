import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.lag.log_sizes import Log, LogSizes, RecordSizes, record_sizes

NAN = float("nan")


def column(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def sizes(found: RecordSizes) -> list[tuple[float, bool]]:
    return list(zip(found.record_bytes.tolist(), found.is_about.tolist(), strict=True))


def log(*edges: tuple[int, int], is_compacted: bool = False) -> Log:
    start, end = zip(*edges, strict=True)
    return Log(column(*start), column(*end), is_compacted)


def test_a_record_takes_its_share_of_its_own_log() -> None:
    found = record_sizes(column(1000, 600), log((0, 10), (40, 42)))
    assert sizes(found) == [(100.0, False), (300.0, False)]


@pytest.mark.parametrize(
    ("size_bytes", "edges"),
    [(-1, (0, 10)), (0, (10, 10)), (700, (-1, 10)), (700, (0, -1)), (700, (10, 9))],
    ids=["not told", "empty", "start unknown", "end unknown", "made anew"],
)
def test_the_topics_other_logs_stand_in_and_it_is_said(
    size_bytes: int, edges: tuple[int, int]
) -> None:
    found = record_sizes(column(1000, 6000, size_bytes), log((0, 10), (0, 10), edges))
    assert sizes(found)[2] == (350.0, True)


def test_what_was_told_before_counts_for_more_than_other_logs() -> None:
    before = RecordSizes(np.array([NAN, 70.0]), np.array([True, False]))
    found = record_sizes(column(1000, -1), log((0, 10), (0, 10)), before)
    assert sizes(found) == [(100.0, False), (70.0, True)]


def test_nothing_is_known_where_nothing_was_ever_told() -> None:
    [(size, is_about)] = sizes(record_sizes(column(-1), log((0, 10))))
    assert np.isnan(size)
    assert is_about


def test_records_of_a_compacted_log_are_of_about_that_size() -> None:
    assert sizes(record_sizes(column(1000), log((0, 10), is_compacted=True))) == [(100.0, True)]


def test_sizes_count_once_the_edges_of_their_tick_are_known() -> None:
    known = LogSizes()
    known.note("t", column(1000))
    assert known.of("t") is None
    known.take_in({"t": log((0, 10))})
    assert known.asked == set()
    found = known.of("t")
    assert found is not None
    assert sizes(found) == [(100.0, False)]
    known.keep_only({"u"})
    assert known.of("t") is None


@given(
    st.lists(st.tuples(st.integers(-1, 9999), st.integers(-1, 99), st.integers(-1, 99)), min_size=1)
)
def test_a_known_size_lies_between_those_that_were_told(logs: list[tuple[int, int, int]]) -> None:
    size, start, end = (column(*values) for values in zip(*logs, strict=True))
    found = record_sizes(size, Log(start, end))
    told = [s / (e - b) for s, b, e in logs if s > 0 and 0 <= b < e]
    if not told:
        assert np.isnan(found.record_bytes).all()
    else:
        assert found.record_bytes.min() >= min(told) * (1 - 1e-9)
        assert found.record_bytes.max() <= max(told) * (1 + 1e-9)
