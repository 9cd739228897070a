"""The columns judge like the rules, on whatever evidence."""

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from monitor.lag.judge import Evidence, judge_partition
from monitor.lag.judge_rules import Evidences, judge
from monitor.lag.window_rules import Int64s
from monitor.values import Status

BY_WINDOW = (Status.OK, Status.UNKNOWN, Status.WARN, Status.STALL, Status.STOP, Status.REWIND)

few = st.none() | st.integers(0, 4)
milliseconds = st.none() | st.sampled_from([0, 1, 2, 3, 300_000, 900_000, 900_001, 10**9])
evidence = st.builds(
    Evidence,
    few,
    few,
    few,
    st.none() | st.integers(0, 4),
    st.none() | st.sampled_from([0.0, 1.0, 60.0, 3600.0, 3600.5, 1e9]),
    st.none() | st.sampled_from([-1, 0, 10_000, 600_000, 10**9]),
    milliseconds,
    milliseconds,
)
row = st.tuples(st.sampled_from(BY_WINDOW), evidence, st.booleans(), st.integers(0, 3))
rows = st.lists(row, max_size=8)


def column(values: Sequence[int | None]) -> Int64s:
    return np.array([-1 if value is None else value for value in values], dtype=np.int64)


def columns(evidences: Sequence[Evidence]) -> Evidences:
    losses = [one.loss_seconds for one in evidences]
    return Evidences(
        committed=column([one.committed for one in evidences]),
        log_end=column([one.log_end for one in evidences]),
        lag=column([one.lag for one in evidences]),
        lost=column([one.lost for one in evidences]),
        loss_seconds=np.array([np.nan if one is None else one for one in losses]),
        retention_ms=column([one.retention_ms for one in evidences]),
        silence_ms=column([one.silence_ms for one in evidences]),
        usual_gap_ms=column([one.usual_gap_ms for one in evidences]),
    )


@given(rows)
def test_the_columns_judge_like_the_rules(
    some: list[tuple[Status, Evidence, bool, int]],
) -> None:
    found = judge(
        np.array([status.badness for status, *_ in some], dtype=np.int8),
        columns([one for _, one, _, _ in some]),
        is_abandoned=np.array([forgotten for *_, forgotten, _ in some], dtype=np.bool_),
        allowed_lag=column([allowed for *_, allowed in some]),
    )
    expected = [
        judge_partition(status, one, is_abandoned=forgotten, allowed_lag=allowed)
        for status, one, forgotten, allowed in some
    ]
    assert [list(Status)[code] for code in found] == expected
