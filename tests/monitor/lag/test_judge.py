"""The case table is the proof of the rules: each row has a number and its reason."""

from typing import NamedTuple

import pytest

from monitor.lag.judge import (
    GUARD_MAX_MS,
    Evidence,
    guard_ms,
    is_abandoned,
    judge_partition,
    loss_warning_seconds,
)
from monitor.values import Status

OK, UNKNOWN, WARN, STALL = Status.OK, Status.UNKNOWN, Status.WARN, Status.STALL
STOP, REWIND, TRUNCATED = Status.STOP, Status.REWIND, Status.TRUNCATED
LOSING, ABANDONED = Status.LOSING, Status.ABANDONED
DAY_MS = 86_400_000


def lagging(
    *,
    committed: int | None = 10,
    log_end: int | None = 15,
    lag: int | None = 5,
    lost: int | None = 0,
    loss_seconds: float | None = None,
    retention_ms: int | None = None,
    silence_ms: int | None = None,
    usual_gap_ms: int | None = None,
) -> Evidence:
    return Evidence(
        committed, log_end, lag, lost, loss_seconds, retention_ms, silence_ms, usual_gap_ms
    )


class Case(NamedTuple):
    number: int
    reason: str
    by_window: Status
    now: Evidence
    expected: Status
    is_abandoned: bool = False
    allowed_lag: int = 0


BEYOND = {"committed": 16, "log_end": 15, "lag": 0}
GUARDED = {"silence_ms": 9, "usual_gap_ms": 3}

CASES = [
    Case(1, "1: nobody is there, nothing moved for long", STOP, lagging(), ABANDONED, True),
    Case(2, "1: it is forgotten even when it is caught up", OK, lagging(lag=0), ABANDONED, True),
    Case(3, "1: what was worst is forgotten too", REWIND, lagging(), ABANDONED, True),
    Case(4, "1 before 2: its commits were read, one log end was not", UNKNOWN,
         lagging(log_end=None, lag=None), ABANDONED, True),
    Case(5, "1 before 2: nor was its lag", UNKNOWN, lagging(lag=None), ABANDONED, True),
    Case(6, "1 before 2: nor is there a commit in this one", UNKNOWN,
         lagging(committed=None, lag=None), ABANDONED, True),
    Case(7, "1 before 3: retention deletes what nobody reads", STOP, lagging(lost=9), ABANDONED,
         True),
    Case(8, "1 before 4: or is about to", STOP, lagging(loss_seconds=1), ABANDONED, True),
    Case(9, "1 before 5: the topic was made anew without it", OK, lagging(**BEYOND), ABANDONED,
         True),
    Case(10, "2: no commit", UNKNOWN, lagging(committed=None, lag=None, lost=9), UNKNOWN),
    Case(11, "2: no log end", UNKNOWN, lagging(log_end=None, lag=None, lost=9), UNKNOWN),
    Case(12, "2: no lag", UNKNOWN, lagging(lag=None, lost=9), UNKNOWN),
    Case(13, "2: an assigned partition with an empty log stays OK", OK,
         lagging(committed=None, log_end=0, lag=0), OK),
    Case(14, "2 before 3: an old log start proves no loss", UNKNOWN,
         lagging(log_end=None, lag=None, lost=1), UNKNOWN),
    Case(15, "2 before 4: nor does an old forecast", UNKNOWN, lagging(lag=None, loss_seconds=0),
         UNKNOWN),
    Case(16, "2 before 5: without a log end nothing is beyond it", UNKNOWN,
         lagging(committed=99, log_end=None, lag=None), UNKNOWN),
    Case(17, "2 before 6: what is unknown is not held back", STALL, lagging(lag=None, **GUARDED),
         STALL),
    Case(18, "3: records are gone unread", STALL, lagging(lost=1), LOSING),
    Case(19, "3: whatever the window says", WARN, lagging(lost=12_345), LOSING),
    Case(20, "3: one sample suffices, for the log says it", UNKNOWN, lagging(lost=1), LOSING),
    Case(21, "3: the log is empty now, and so was not read", OK, lagging(lag=0, lost=5), LOSING),
    Case(22, "3: as many as allowed are control records", OK, lagging(lag=0, lost=2), OK,
         allowed_lag=2),
    Case(23, "3: one more than allowed is a record", OK, lagging(lag=0, lost=3), LOSING,
         allowed_lag=2),
    Case(24, "3: nothing was lost", WARN, lagging(lost=0), WARN),
    Case(25, "3 before 4: lost, with nothing more to lose", STALL, lagging(lost=1), LOSING),
    Case(26, "3 before 4: lost, and the next loss is far", WARN,
         lagging(lost=1, loss_seconds=9e6), LOSING),
    Case(27, "3 before 4: lost while the forecast is unknown", OK,
         lagging(lag=0, lost=1, retention_ms=1000), LOSING),
    Case(28, "3 before 5: lost comes first, it is worse", OK, lagging(**BEYOND, lost=1), LOSING),
    Case(29, "3 before 5: within the allowed it is beyond the end", OK, lagging(**BEYOND, lost=1),
         TRUNCATED, allowed_lag=1),
    Case(30, "3 before 6: slow committers lose records too", STALL, lagging(lost=1, **GUARDED),
         LOSING),
    Case(31, "4: retention reaches a record within the hour", WARN, lagging(loss_seconds=60),
         LOSING),
    Case(32, "4: at the hour is within it", WARN, lagging(loss_seconds=3600), LOSING),
    Case(33, "4: after the hour is not", WARN, lagging(loss_seconds=3600.001), WARN),
    Case(34, "4: now is within it", STOP, lagging(loss_seconds=0), LOSING),
    Case(35, "4: no loss is foreseen", WARN, lagging(loss_seconds=None), WARN),
    Case(36, "4: a tenth of ten minutes is a minute", WARN,
         lagging(loss_seconds=60, retention_ms=600_000), LOSING),
    Case(37, "4: a minute and a second is more than a tenth of them", WARN,
         lagging(loss_seconds=61, retention_ms=600_000), WARN),
    Case(38, "4: a long retention does not warn earlier than the hour", WARN,
         lagging(loss_seconds=3601, retention_ms=7 * DAY_MS), WARN),
    Case(39, "4: retention by size alone warns by the hour", WARN,
         lagging(loss_seconds=3600, retention_ms=-1), LOSING),
    Case(40, "4: who waits for nothing loses nothing", OK, lagging(lag=0, loss_seconds=0), OK),
    Case(41, "4: nor who lags by what is allowed", OK, lagging(lag=5, loss_seconds=0), OK,
         allowed_lag=5),
    Case(42, "4: one more than allowed waits", OK, lagging(lag=6, loss_seconds=0), LOSING,
         allowed_lag=5),
    Case(43, "4 before 5: a commit beyond the end waits for nothing", OK,
         lagging(**BEYOND, loss_seconds=0), TRUNCATED),
    Case(44, "4 before 5: or the loss is too far to tell", OK,
         lagging(**BEYOND, loss_seconds=9e6), TRUNCATED),
    Case(45, "4 before 5: were there lag beside it, loss is worse", WARN,
         lagging(committed=16, log_end=15, lag=1, loss_seconds=0), LOSING),
    Case(46, "4 before 6: usual silence, and retention is near", STALL,
         lagging(loss_seconds=60, **GUARDED), LOSING),
    Case(47, "4 before 6: usual silence, and retention is far", STALL,
         lagging(loss_seconds=9e6, **GUARDED), WARN),
    Case(48, "5: beyond the end by one", OK, lagging(**BEYOND), TRUNCATED),
    Case(49, "5: at the end is caught up", OK, lagging(committed=15, lag=0), OK),
    Case(50, "5: one sample suffices", UNKNOWN, lagging(**BEYOND), TRUNCATED),
    Case(51, "5: a rewind to beyond a shorter log", REWIND, lagging(**BEYOND), TRUNCATED),
    Case(52, "5: what is allowed allows no commit beyond the end", OK, lagging(**BEYOND),
         TRUNCATED, allowed_lag=5),
    Case(53, "5 before 6: stalled beyond the end", STALL, lagging(**BEYOND, **GUARDED), TRUNCATED),
    Case(54, "5 before 6: stopped beyond the end", STOP, lagging(**BEYOND, **GUARDED), TRUNCATED),
    Case(55, "5 before 6: at the end, and held back", STALL,
         lagging(committed=15, lag=1, **GUARDED), WARN),
    Case(56, "6: as long as three usual gaps is usual", STALL,
         lagging(silence_ms=9, usual_gap_ms=3), WARN),
    Case(57, "6: longer is not", STALL, lagging(silence_ms=10, usual_gap_ms=3), STALL),
    Case(58, "6: a stop is held back alike", STOP, lagging(**GUARDED), WARN),
    Case(59, "6: fifteen minutes of silence is the most", STOP,
         lagging(silence_ms=GUARD_MAX_MS, usual_gap_ms=DAY_MS), WARN),
    Case(60, "6: more is too long for anybody", STOP,
         lagging(silence_ms=GUARD_MAX_MS + 1, usual_gap_ms=DAY_MS), STOP),
    Case(61, "6: not known what is usual", STALL, lagging(silence_ms=9), STALL),
    Case(62, "6: not known how long it is silent", STALL, lagging(usual_gap_ms=3), STALL),
    Case(63, "6: five minutes are three fifteenths", STALL,
         lagging(silence_ms=GUARD_MAX_MS, usual_gap_ms=GUARD_MAX_MS // 3), WARN),
    Case(64, "6 before 7: a rewind is not held back", REWIND, lagging(**GUARDED), REWIND),
    Case(65, "6 before 7: nor is what is unknown", UNKNOWN, lagging(**GUARDED), UNKNOWN),
    Case(66, "6 before 7: what is fine stays so", OK, lagging(**GUARDED), OK),
    Case(67, "7: a warning", WARN, lagging(), WARN),
    Case(68, "7: a stall", STALL, lagging(), STALL),
    Case(69, "7: a rewind", REWIND, lagging(), REWIND),
    Case(70, "3: not known whether anything was lost", STALL, lagging(lost=None), STALL),
    Case(71, "3 before 4: not known what was lost, and retention is near", WARN,
         lagging(lost=None, loss_seconds=0), LOSING),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.number}-{case.reason}")
def test_the_case_table(case: Case) -> None:
    status = judge_partition(
        case.by_window, case.now, is_abandoned=case.is_abandoned, allowed_lag=case.allowed_lag
    )
    assert status is case.expected


def test_the_cases_are_numbered_in_order() -> None:
    assert [case.number for case in CASES] == list(range(1, len(CASES) + 1))


@pytest.mark.parametrize(
    ("has_members", "is_readable", "unused_ms", "expected"),
    [
        (False, True, DAY_MS, True),
        (False, True, DAY_MS + 1, True),
        (False, True, DAY_MS - 1, False),
        (False, True, 0, False),
        (True, True, 9 * DAY_MS, False),
        (None, True, 9 * DAY_MS, False),
        (False, False, 9 * DAY_MS, False),
        (False, True, None, False),
    ],
)
def test_a_group_is_abandoned_when_it_is_known_that_nobody_uses_it(
    has_members: bool | None, is_readable: bool, unused_ms: int | None, expected: bool
) -> None:
    found = is_abandoned(
        has_members=has_members,
        is_readable=is_readable,
        unused_ms=unused_ms,
        abandoned_after_ms=DAY_MS,
    )
    assert found is expected


def test_the_guard_is_three_usual_gaps_and_fifteen_minutes_at_most() -> None:
    assert guard_ms(180_000) == 540_000
    assert guard_ms(300_000) == guard_ms(DAY_MS) == 900_000


@pytest.mark.parametrize(
    ("retention_ms", "seconds"),
    [(None, 3600), (-1, 3600), (0, 0), (600_000, 60), (36_000_000, 3600), (DAY_MS, 3600)],
)
def test_a_loss_is_warned_of_by_the_hour_and_within_a_tenth_of_retention(
    retention_ms: int | None, seconds: float
) -> None:
    assert loss_warning_seconds(retention_ms) == seconds
