from typing import NamedTuple

import numpy as np
import pytest

from monitor.kafka.codes import FORBIDDEN_TOPIC, NO_LEADER
from monitor.lag.reading import Edges, flags_of, lag_of
from monitor.values import ReadingFlag as Flag


class Case(NamedTuple):
    situation: str
    committed: int
    start: int
    end: int
    stable: int
    unreadable: bool
    lag: int
    flags: Flag


CASES = [
    Case("within the log", 5, 0, 9, 9, False, 4, Flag.NORMAL),
    Case("at the end", 9, 0, 9, 9, False, 0, Flag.NORMAL),
    Case("at the start", 3, 3, 9, 9, False, 6, Flag.NORMAL),
    Case("no commit", -1, 0, 9, 9, False, -1, Flag.NO_COMMIT),
    Case("no commit in an empty log", -1, 4, 4, 4, False, 0, Flag.NO_COMMIT),
    Case("no commit and no end", -1, -1, -1, -1, False, -1, Flag.NO_COMMIT | Flag.UNREADABLE),
    Case("below the log start", 2, 4, 9, 9, False, 5, Flag.LOST),
    Case("beyond the log end", 12, 0, 9, 9, False, 0, Flag.TRUNCATED),
    Case("the end is unknown", 5, 0, -1, -1, False, -1, Flag.UNREADABLE),
    Case("the start is unknown", 5, -1, 9, 9, False, 4, Flag.NORMAL),
    Case("the commit could not be read", -1, 0, 9, 9, True, -1, Flag.UNREADABLE),
    Case("the same in an empty log", -1, 0, 0, 0, True, -1, Flag.UNREADABLE),
    Case("an open transaction", 5, 0, 9, 7, False, 4, Flag.TRANSACTION_OPEN),
    Case("the stable end is unknown", 5, 0, 9, -1, False, 4, Flag.NORMAL),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.situation)
def test_each_situation_has_its_lag_and_flag(case: Case) -> None:
    edges = Edges(np.array([case.start]), np.array([case.end]), np.array([case.stable]))
    lag, flags = lag_of(np.array([case.committed]), edges, np.array([case.unreadable]))
    assert (lag.tolist(), flags.tolist()) == ([case.lag], [case.flags])


def test_one_odd_partition_spoils_no_other() -> None:
    edges = Edges(np.array([0, 0]), np.array([-1, 9]), np.array([-1, 9]))
    lag, _ = lag_of(np.array([5, 5]), edges, np.array([False, False]))
    assert lag.tolist() == [-1, 4]


def test_a_flag_says_that_a_topic_is_forbidden_or_that_nobody_leads_it() -> None:
    codes = np.array([0, FORBIDDEN_TOPIC, NO_LEADER, -185], dtype=np.int16)
    assert flags_of(codes).tolist() == [0, Flag.FORBIDDEN, Flag.LEADERLESS, 0]
