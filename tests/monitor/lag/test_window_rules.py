"""The columns judge like the rules, on whatever windows."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.lag.evaluate import evaluate_partition
from monitor.lag.windows import LENGTH, Samples, Windows
from monitor.values import CommitSample, Status


class Seen(NamedTuple):
    """What one tick read of a partition; None is unknown."""

    offset: int | None
    lag: int | None
    log_end: int | None


TICK_MS = 10

seen = st.builds(
    Seen,
    st.none() | st.integers(0, 4),
    st.none() | st.integers(0, 4),
    st.none() | st.integers(0, 9),
)
histories = st.integers(1, 14).flatmap(
    lambda ticks: st.lists(st.lists(seen, min_size=ticks, max_size=ticks), min_size=1, max_size=5)
)
members = st.sampled_from([True, False, None])


def column(values: list[int | None]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array([-1 if value is None else value for value in values], dtype=np.int64)


def filled(by_partition: list[list[Seen]]) -> Windows:
    windows = Windows()
    for tick, rows in enumerate(zip(*by_partition, strict=True)):
        offsets, lags, ends = (column(list(values)) for values in zip(*rows, strict=True))
        windows.push(Samples(np.arange(len(rows)), offsets, lags, ends), TICK_MS * tick)
    return windows


def judged_alone(
    history: list[Seen], now: Seen, now_ms: int, allowed_lag: int, has_members: bool | None
) -> Status:
    samples = [
        (CommitSample(one.offset, TICK_MS * tick, one.lag), one.log_end)
        for tick, one in enumerate(history)
        if one.offset is not None
    ][-LENGTH:]
    ends = [*(end for _, end in samples), now.log_end]
    heads = [] if now.log_end is None else [end for end in ends if end is not None]
    return evaluate_partition(
        [sample for sample, _ in samples],
        heads,
        now.lag,
        now_ms,
        allowed_lag=allowed_lag,
        has_members=has_members,
    )


@given(histories, st.data(), st.integers(0, 200))
def test_the_columns_judge_like_the_rules(
    by_partition: list[list[Seen]], data: st.DataObject, after_ms: int
) -> None:
    count = len(by_partition)
    now = data.draw(st.lists(seen, min_size=count, max_size=count))
    allowed = data.draw(st.lists(st.integers(0, 2), min_size=count, max_size=count))
    has_members = data.draw(st.lists(members, min_size=count, max_size=count))
    now_ms = TICK_MS * (len(by_partition[0]) - 1) + after_ms
    found = filled(by_partition).statuses(
        column([one.lag for one in now]),
        column([one.log_end for one in now]),
        now_ms=now_ms,
        allowed_lag=column(list(allowed)),
        has_members=column(list(has_members)).astype(np.int8),
    )
    expected = [
        judged_alone(history, present, now_ms, allowed_lag, has)
        for history, present, allowed_lag, has in zip(
            by_partition, now, allowed, has_members, strict=True
        )
    ]
    assert [list(Status)[code] for code in found] == expected


@given(histories)
@example([[Seen(1, 2, 3)] * 4, [Seen(None, None, None), *[Seen(1, 2, 3)] * 3]])
def test_growing_is_told_of_each_window_alone(by_partition: list[list[Seen]]) -> None:
    expected = []
    for history in by_partition:
        kept = [one for one in history if one.offset is not None][-LENGTH:]
        lags = [one.lag for one in kept if one.lag is not None]
        expected.append(all(a < b for a, b in pairwise(lags)))
    assert filled(by_partition).grew_each_time().tolist() == expected
