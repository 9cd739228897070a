"""The case table is the proof of the rules: each row has a number and its reason."""

from typing import NamedTuple

import pytest

from monitor.lag.evaluate import evaluate_partition, worst
from monitor.values import CommitSample, Status

OK, UNKNOWN, WARN = Status.OK, Status.UNKNOWN, Status.WARN
STALL, STOP, REWIND = Status.STALL, Status.STOP, Status.REWIND
Offsets = list[int]
Lags = list[int | None]

FAR = (10_000,)
STEP_MS = 1000


class Case(NamedTuple):
    """Samples are a second apart, from second zero on; the judgement comes `after_ms` the last."""

    number: int
    reason: str
    offsets: Offsets
    lags: Lags
    current_lag: int | None
    expected: Status
    heads: tuple[int, ...] = FAR
    after_ms: int = 0
    allowed_lag: int = 0
    has_members: bool | None = None


CASES = [
    Case(1, "1: nothing was ever committed", [], [], 5, UNKNOWN),
    Case(2, "1: an empty window is not OK even without lag", [], [], 0, UNKNOWN),
    Case(3, "1: no log end is known", [1, 2], [5, 6], 6, UNKNOWN, heads=()),
    Case(4, "1: the lag now is not known", [1, 2], [5, 6], None, UNKNOWN),
    Case(5, "1: old zeros do not make an unknown lag OK", [1, 2], [0, 0], None, UNKNOWN),
    Case(6, "1 before 2: no log end, though the lag is said to be 0", [1, 2], [0, 0], 0, UNKNOWN,
         heads=()),
    Case(7, "1 before 3: silent, but nobody knows the lag", [1, 2], [5, 6], None, UNKNOWN,
         after_ms=9000),
    Case(8, "1 before the last step: members do not make it known", [], [], 5, UNKNOWN,
         has_members=False),
    Case(9, "2: caught up now, whatever came before", [1, 2, 3], [9, 99, 999], 0, OK),
    Case(10, "2: one sample suffices when there is no lag", [1], [0], 0, OK),
    Case(11, "2: caught up with unknown lags before", [1, 2], [None, None], 0, OK),
    Case(12, "2: equal to the allowed lag is caught up", [1, 2], [9, 9], 3, OK, allowed_lag=3),
    Case(13, "2: one more than allowed is not", [1, 2], [4, 4], 4, WARN, allowed_lag=3),
    Case(14, "2: one sample has no span to judge", [1], [5], 5, UNKNOWN),
    Case(15, "2: one sample has none however long ago it is", [1], [5], 5, UNKNOWN, after_ms=9000),
    Case(16, "2: one sample has none with members either", [1], [5], 5, UNKNOWN, has_members=True),
    Case(17, "2 before 3: silent with nothing to do", [1, 2], [0, 0], 0, OK, after_ms=9000),
    Case(18, "2 before 3: silent within the allowed lag", [1, 2], [2, 2], 2, OK, after_ms=9000,
         allowed_lag=2),
    Case(19, "2 before 4: rewound, and caught up again since", [9, 2, 3], [0, 7, 6], 0, OK),
    Case(20, "2 before 6: the same commit is right without lag", [5, 5, 5], [0, 0, 0], 0, OK),
    Case(21, "2 before the last step: no members, no lag, no harm", [5, 5], [0, 0], 0, OK,
         has_members=False),
    Case(22, "3: silent for longer than the window spans", [1, 2, 3], [5, 4, 3], 9, STOP,
         after_ms=2001),
    Case(23, "3: silent for just as long is not longer", [1, 2, 3], [5, 4, 3], 9, OK,
         after_ms=2000),
    Case(24, "3: a window of two spans one step", [1, 2], [5, 4], 9, STOP, after_ms=1001),
    Case(25, "3: a head above the last commit by one does not hold it up", [1, 2], [5, 4], 9, STOP,
         heads=(3,), after_ms=1001),
    Case(26, "3: a head at the last commit: there was nothing to commit", [1, 2], [5, 4], 9, OK,
         heads=(2, 11), after_ms=1001),
    Case(27, "3: a head below the last commit says so too", [1, 2], [5, 4], 9, OK,
         heads=(11, 1), after_ms=1001),
    Case(28, "3: unknown lags do not matter to it", [1, 2], [None, None], 9, STOP, after_ms=9000),
    Case(29, "3 before 4: rewound and then silent has stopped", [9, 2], [1, 8], 8, STOP,
         after_ms=1001),
    Case(30, "3 before 4: not yet silent is rewound", [9, 2], [1, 8], 8, REWIND, after_ms=1000),
    Case(31, "3 before 4: a quiet topic leaves the rewind to be seen", [9, 2], [1, 8], 8, REWIND,
         heads=(2,), after_ms=9000),
    Case(32, "3 before 5: it had caught up, and went away", [1, 2], [3, 0], 9, STOP,
         after_ms=1001),
    Case(33, "3 before 6: the same commit, then silence", [5, 5], [3, 4], 9, STOP, after_ms=1001),
    Case(34, "3 before 7: lag grew, then silence", [1, 2], [3, 4], 9, STOP, after_ms=1001),
    Case(35, "3 before 8: lag fell, then silence", [1, 2], [4, 3], 9, STOP, after_ms=1001),
    Case(36, "4: the last commit is below the one before", [1, 5, 4], [9, 5, 6], 6, REWIND),
    Case(37, "4: one record back is back", [5, 4], [5, 6], 6, REWIND),
    Case(38, "4: made up for to the record is no rewind", [5, 3, 5], [5, 7, 5], 6, OK),
    Case(39, "4: made up for but one record", [6, 3, 5], [4, 7, 5], 6, REWIND),
    Case(40, "4: made up for and beyond", [5, 3, 9], [5, 7, 5], 6, OK),
    Case(41, "4: made up for, then back again: only the first counts", [5, 3, 5, 1], [5, 7, 5, 9],
         9, OK),
    Case(42, "4: two rewinds, the first not made up for", [9, 5, 7, 3], [1, 5, 3, 7], 9, REWIND),
    Case(43, "4: a second rewind made up for does not excuse the first", [9, 5, 3, 6], [1, 5, 7, 4],
         9, REWIND),
    Case(44, "4: to the start of the log", [7, 0], [3, 10], 10, REWIND),
    Case(45, "4: lags are not asked for", [7, 2], [None, None], 9, REWIND),
    Case(46, "4: the allowed lag excuses no rewind", [7, 1], [3, 9], 9, REWIND, allowed_lag=8),
    Case(47, "4 before 5: caught up before the rewind", [7, 2], [0, 5], 5, REWIND),
    Case(48, "4 before 5: made up for, and caught up on the way", [7, 2, 7], [3, 8, 0], 5, OK),
    Case(49, "4 before 5: caught up after the rewind without its records", [7, 2, 3], [3, 8, 0], 5,
         REWIND),
    Case(50, "4 before 6: back, then the same commit", [7, 2, 2], [3, 8, 8], 8, REWIND),
    Case(51, "4 before 7: lag grew by the rewind", [7, 2, 3], [3, 8, 9], 9, REWIND),
    Case(52, "4 before 8: lag falls after the rewind", [9, 2, 3], [3, 10, 9], 9, REWIND),
    Case(53, "4 before the last step: members do not settle it", [7, 2], [3, 8], 8, REWIND,
         has_members=False),
    Case(54, "5: caught up at the start of the window", [1, 2, 3], [0, 5, 9], 9, OK),
    Case(55, "5: caught up in the middle", [1, 2, 3], [5, 0, 9], 9, OK),
    Case(56, "5: caught up at the end, then fell behind", [1, 2, 3], [5, 9, 0], 9, OK),
    Case(57, "5: equal to the allowed lag counts", [1, 2, 3], [2, 5, 9], 9, OK, allowed_lag=2),
    Case(58, "5: one more than allowed does not", [1, 2, 3], [3, 5, 9], 9, WARN, allowed_lag=2),
    Case(59, "5 before 6: it waited for records at the same commit", [5, 5, 5], [0, 0, 4], 4, OK),
    Case(60, "5 before 6: within the allowed lag it waited too", [5, 5], [2, 9], 9, OK,
         allowed_lag=2),
    Case(61, "5 before 6: never caught up is a stall", [5, 5, 5], [1, 1, 4], 4, STALL),
    Case(62, "5 before 7: one known lag of zero decides", [1, 2], [0, None], 9, OK),
    Case(63, "5 before 7: grew from nothing", [1, 2, 3], [0, 1, 2], 2, OK),
    Case(64, "5 before 7: grew from one", [1, 2, 3], [1, 2, 3], 3, WARN),
    Case(65, "5 before the last step: it had caught up, members or not", [5, 5], [0, 4], 4, OK,
         has_members=False),
    Case(66, "6: the same commit and growing lag", [5, 5, 5], [1, 2, 3], 3, STALL),
    Case(67, "6: two samples suffice", [5, 5], [4, 4], 4, STALL),
    Case(68, "6: nothing was ever handled", [0, 0, 0], [4, 4, 4], 4, STALL),
    Case(69, "6: one record further is no stall", [5, 5, 6], [4, 5, 5], 5, WARN),
    Case(70, "6: moved at first, then stood: the window still shows the move", [4, 5, 5], [5, 5, 5],
         5, WARN),
    Case(71, "6 before 7: no known lag, yet nothing moved", [5, 5], [None, None], 5, STALL),
    Case(72, "6 before 7: one known lag, yet nothing moved", [5, 5], [None, 4], 5, STALL),
    Case(73, "6 before 7: moved, and no direction is known", [5, 6], [None, 4], 5, UNKNOWN),
    Case(74, "6 before 8: lag fell as the log was cut, yet nothing moved", [5, 5], [9, 4], 4,
         STALL),
    Case(75, "6 before 8: lag fell because it moved", [5, 6], [9, 4], 4, OK),
    Case(76, "7: lag grew each time", [1, 2, 3], [1, 2, 3], 3, WARN),
    Case(77, "7: lag that stays the same never decreases", [1, 2, 3], [5, 5, 5], 5, WARN),
    Case(78, "7: two samples suffice", [1, 2], [5, 6], 6, WARN),
    Case(79, "7: unknown lags between are passed over", [1, 2, 3, 4], [1, None, 3, None], 4, WARN),
    Case(80, "7: a fall across an unknown one is still a fall", [1, 2, 3], [5, None, 3], 3, OK),
    Case(81, "7: one known lag shows no direction", [1, 2], [None, 5], 5, UNKNOWN),
    Case(82, "7: no known lag shows none either", [1, 2], [None, None], 5, UNKNOWN),
    Case(83, "7 looks at the window, not at the lag now", [1, 2, 3], [1, 2, 3], 1, WARN),
    Case(84, "7 before 8: lag fell once", [1, 2, 3, 4], [5, 4, 9, 12], 12, OK),
    Case(85, "7 before 8: a fall in the last step", [1, 2, 3], [1, 5, 4], 4, OK),
    Case(86, "7 before 8: a fall in the first step", [1, 2, 3], [5, 4, 4], 4, OK),
    Case(87, "7 before the last step: slow, and left by its members", [1, 2], [5, 6], 6, WARN,
         has_members=False),
    Case(88, "8: lag falls steadily", [1, 2, 3], [9, 8, 7], 7, OK),
    Case(89, "8: it falls in the window and is high now", [1, 2, 3], [9, 8, 7], 99, OK),
    Case(90, "8: a fall by one record suffices", [1, 2], [9, 8], 8, OK),
    Case(91, "8 before the last step: no members, still falling", [1, 2], [9, 8], 8, OK,
         has_members=False),
    Case(92, "last: the same commit and nobody to make it is a stop", [5, 5], [4, 4], 4, STOP,
         has_members=False),
    Case(93, "last: the same commit and members is a stall", [5, 5], [4, 4], 4, STALL,
         has_members=True),
    Case(94, "last: silence with members is a stall", [1, 2], [5, 4], 9, STALL, after_ms=1001,
         has_members=True),
    Case(95, "last: silence without members is a stop", [1, 2], [5, 4], 9, STOP, after_ms=1001,
         has_members=False),
    Case(96, "last: silence with members unknown stays a stop", [1, 2], [5, 4], 9, STOP,
         after_ms=1001),
]  # fmt: skip


def window(offsets: Offsets, lags: Lags) -> list[CommitSample]:
    rows = zip(offsets, lags, strict=True)
    return [CommitSample(offset, STEP_MS * i, lag) for i, (offset, lag) in enumerate(rows)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.number}-{case.reason}")
def test_the_case_table(case: Case) -> None:
    status = evaluate_partition(
        window(case.offsets, case.lags),
        case.heads,
        case.current_lag,
        STEP_MS * max(len(case.offsets) - 1, 0) + case.after_ms,
        allowed_lag=case.allowed_lag,
        has_members=case.has_members,
    )
    assert status is case.expected


def test_the_cases_are_numbered_in_order() -> None:
    assert [case.number for case in CASES] == list(range(1, len(CASES) + 1))


def test_a_group_is_as_bad_as_its_worst_partition() -> None:
    assert worst([OK, UNKNOWN, OK]) is UNKNOWN
    assert worst([OK, WARN, UNKNOWN]) is WARN
    assert worst([STALL, REWIND, STOP]) is REWIND


def test_a_group_without_partitions_is_unknown() -> None:
    assert worst([]) is UNKNOWN
