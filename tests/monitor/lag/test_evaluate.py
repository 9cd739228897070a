"""The case table is the proof of the rules: each row has a number and its reason."""

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.lag.evaluate import evaluate_partition, worst
from monitor.lag.windows import LENGTH, Samples, Windows
from monitor.values import CommitSample, Status

OK, WARN, UNKNOWN = Status.OK, Status.WARN, Status.UNKNOWN
Lags = list[int | None]


class Case(NamedTuple):
    number: int
    reason: str
    lags: Lags
    current_lag: int | None
    expected: Status
    heads: tuple[int, ...] = (1000,)
    allowed_lag: int = 0


CASES = [
    Case(1, "rule 1: nothing was ever committed", [], 5, UNKNOWN),
    Case(2, "rule 1: an empty window is not OK even without lag", [], 0, UNKNOWN),
    Case(3, "rule 1: no log end is known", [5, 6], 6, UNKNOWN, heads=()),
    Case(4, "rule 1: the lag now is not known", [5, 6], None, UNKNOWN),
    Case(5, "rule 1 before 5: old zeros do not make an unknown lag OK", [0, 0], None, UNKNOWN),
    Case(6, "rule 2: caught up now, whatever came before", [9, 99, 999], 0, OK),
    Case(7, "rule 2: one sample suffices when there is no lag", [0], 0, OK),
    Case(8, "rule 2: caught up with unknown lags before", [None, None], 0, OK),
    Case(9, "rule 2: equal to the allowed lag is caught up", [9, 9], 3, OK, allowed_lag=3),
    Case(10, "rule 2: one more than allowed is not", [4, 4], 4, WARN, allowed_lag=3),
    Case(11, "rule 2: one sample has no span to judge", [5], 5, UNKNOWN),
    Case(12, "rule 5: caught up at the start of the window", [0, 5, 9], 9, OK),
    Case(13, "rule 5: caught up in the middle", [5, 0, 9], 9, OK),
    Case(14, "rule 5: caught up at the end, then fell behind", [5, 9, 0], 9, OK),
    Case(15, "rule 5: within the allowed lag counts", [2, 5, 9], 9, OK, allowed_lag=2),
    Case(16, "rule 5 before 7: one known lag of zero decides", [0, None], 9, OK),
    Case(17, "rule 7: lag grew each time", [1, 2, 3], 3, WARN),
    Case(18, "rule 7: lag that stays the same never decreases", [5, 5, 5], 5, WARN),
    Case(19, "rule 7: two samples suffice", [5, 6], 6, WARN),
    Case(20, "rule 7: unknown lags between are passed over", [1, None, 3, None], 4, WARN),
    Case(21, "rule 7: a fall across an unknown one is still a fall", [5, None, 3], 3, OK),
    Case(22, "rule 7: one known lag shows no direction", [None, 5], 5, UNKNOWN),
    Case(23, "rule 7: no known lag shows none either", [None, None], 5, UNKNOWN),
    Case(24, "rule 8: lag fell once", [5, 4, 9, 12], 12, OK),
    Case(25, "rule 8: lag falls steadily", [9, 8, 7], 7, OK),
    Case(26, "rule 8: a fall in the last step", [1, 5, 4], 4, OK),
    Case(27, "rule 8: a fall in the first step", [5, 4, 4], 4, OK),
    Case(28, "rule 7 looks at the window, not at the lag now", [1, 2, 3], 1, WARN),
]


def window(lags: Lags) -> list[CommitSample]:
    return [CommitSample(100 + i, 10_000 * i, lag) for i, lag in enumerate(lags)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.number}-{case.reason}")
def test_the_case_table(case: Case) -> None:
    status = evaluate_partition(
        window(case.lags),
        case.heads,
        case.current_lag,
        200_000,
        allowed_lag=case.allowed_lag,
    )
    assert status is case.expected


def test_the_cases_are_numbered_in_order() -> None:
    assert [case.number for case in CASES] == list(range(1, len(CASES) + 1))


def test_a_group_is_as_bad_as_its_worst_partition() -> None:
    assert worst([OK, UNKNOWN, OK]) is UNKNOWN
    assert worst([OK, WARN, UNKNOWN]) is WARN


def test_a_group_without_partitions_is_unknown() -> None:
    assert worst([]) is UNKNOWN


maybe_lag = st.none() | st.integers(0, 4)


@given(
    st.lists(st.lists(st.tuples(st.booleans(), maybe_lag), max_size=14), min_size=1, max_size=5),
    st.integers(0, 2),
    st.booleans(),
)
def test_the_columns_judge_like_the_rules(
    histories: list[list[tuple[bool, int | None]]], allowed_lag: int, has_head: bool
) -> None:
    """Each partition has a history of ticks: was a commit seen, and with which lag."""
    windows, ticks = Windows(), max(map(len, histories))
    for tick in range(ticks):
        seen = [history[tick] if tick < len(history) else (False, None) for history in histories]
        commits = np.array([7 if is_seen else -1 for is_seen, _ in seen])
        lags = np.array([-1 if lag is None else lag for _, lag in seen])
        keys = np.arange(len(histories))
        windows.push(Samples(keys, commits, lags, lags + 7), 10 * tick)
    if not ticks:
        windows.push(Samples(*([np.full(len(histories), -1)] * 4)), 0)
    current: Lags = [history[-1][1] if history else None for history in histories]
    heads = np.full(len(histories), 100 if has_head else -1)
    found = windows.statuses(
        np.array([-1 if lag is None else lag for lag in current]), heads, allowed_lag=allowed_lag
    )
    expected = [
        evaluate_partition(
            window([lag for is_seen, lag in history if is_seen][-LENGTH:]),
            (100,) if has_head else (),
            lag,
            0,
            allowed_lag=allowed_lag,
        )
        for history, lag in zip(histories, current, strict=True)
    ]
    assert [list(Status)[code] for code in found] == expected
