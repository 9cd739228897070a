import pytest

from monitor.lag.damping import Standing, settle
from monitor.values import Status

OK, WARN, STALL, STOP = Status.OK, Status.WARN, Status.STALL, Status.STOP
UNKNOWN = Status.UNKNOWN


def settled(*raw: Status, ticks: int = 2, start: Status = OK) -> list[Status]:
    standing, found = Standing(start, start), []
    for each in raw:
        standing = settle(standing, each, ticks=ticks)
        found.append(standing.status)
    return found


@pytest.mark.parametrize(
    ("raw", "ticks", "expected"),
    [
        ((STALL,), 1, [STALL]),
        ((STALL, OK), 1, [STALL, OK]),
        ((STALL, STALL), 2, [OK, STALL]),
        ((STALL, STALL, STALL), 3, [OK, OK, STALL]),
        ((STALL, OK, STALL, OK), 2, [OK, OK, OK, OK]),
        ((STALL, STALL, OK, STALL), 2, [OK, STALL, STALL, STALL]),
        ((STALL, STALL, OK, OK), 2, [OK, STALL, STALL, OK]),
        ((WARN, STALL, STALL), 2, [OK, OK, STALL]),
        ((UNKNOWN, UNKNOWN, OK, OK), 2, [OK, UNKNOWN, UNKNOWN, OK]),
        ((STALL, STOP, STALL, STOP), 2, [OK, OK, OK, STOP]),
        ((STALL, STOP, STALL, OK, STOP), 2, [OK, OK, OK, OK, OK]),
        ((STALL, STOP, WARN, STALL, STOP, WARN), 3, [OK, OK, OK, OK, OK, WARN]),
    ],
)
def test_a_status_holds_before_it_counts(
    raw: tuple[Status, ...], ticks: int, expected: list[Status]
) -> None:
    assert settled(*raw, ticks=ticks) == expected


def test_the_first_judgement_counts_at_once() -> None:
    before = Standing(UNKNOWN, UNKNOWN)
    assert settle(before, STALL, ticks=9, is_unjudged=True) == Standing(STALL, STALL)


def test_the_raw_status_is_kept_with_for_how_long_it_has_been_another() -> None:
    once = settle(Standing(OK, OK), STALL, ticks=3)
    assert once == Standing(OK, STALL, raw_ticks=1, astray_ticks=1)
    assert settle(once, STALL, ticks=3) == Standing(OK, STALL, raw_ticks=2, astray_ticks=2)
    assert settle(once, STOP, ticks=3) == Standing(OK, STOP, raw_ticks=1, astray_ticks=2)
    assert settle(once, OK, ticks=3) == Standing(OK, OK)
