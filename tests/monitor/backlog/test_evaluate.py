from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from monitor.backlog.evaluate import PastSample, Rates, judge, rates_since
from monitor.outboxes.reading import BacklogReading, Counters
from monitor.values import Status

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
PUBLISHING = Rates(5.0, 5.0)
STANDING = Rates(5.0, 0.0)
UNKNOWN = Rates()


def counters(
    *,
    seconds: float = 0,
    position: int | None = 100,
    inserted_total: int | None = 100,
    reset_at: datetime | None = None,
) -> Counters:
    return Counters(NOW + timedelta(seconds=seconds), position, inserted_total, reset_at)


def reading(
    depth: int = 0,
    age: float | None = None,
    *,
    exact: bool = True,
    published: int | None = None,
    at: Counters | None = None,
) -> BacklogReading:
    return BacklogReading(depth, exact, age, {}, 0, published, 0, at or counters())


def past(*published: float | None, depth: int = 5, every: int = 20) -> list[PastSample]:
    count = len(published)
    return [
        PastSample(NOW - timedelta(seconds=every * (count - index)), depth, rate)
        for index, rate in enumerate(published)
    ]


CASES = [
    # number, reading, rates, past, status, part of the reason
    (1, reading(0), UNKNOWN, [], Status.OK, "Nothing is waiting"),
    (2, reading(0), STANDING, past(0.0, 0.0, 0.0, 0.0), Status.OK, "Nothing is waiting"),
    (3, reading(1, 3), UNKNOWN, [], Status.OK, "oldest of 1 row has waited 3 s"),
    (4, reading(7, 300), PUBLISHING, [], Status.OK, "waited 5 min"),
    (5, reading(7, 301), PUBLISHING, [], Status.WARN, "oldest of 7 rows has waited 5 min"),
    (6, reading(7, 7300), STANDING, [], Status.WARN, "2 h 1 min"),
    # too few samples, then too short a time, to say that the relay stands
    (7, reading(7, 40), STANDING, past(0.0, every=100), Status.OK, "waited 40 s"),
    (8, reading(7, 40), STANDING, past(0.0, 0.0, 0.0, every=10), Status.OK, "waited 40 s"),
    (9, reading(7, 70), STANDING, past(0.0, 0.0, 0.0), Status.WARN, "none published for 1 min"),
    # one sample with traffic, or with nothing to publish, ends the stretch
    (10, reading(7, 70), STANDING, past(0.0, 0.0, 2.0, 0.0), Status.OK, "waited 1 min"),
    (11, reading(7, 70), STANDING, past(0.0, 0.0, None, 0.0), Status.OK, "waited 1 min"),
    (12, reading(7, 70), STANDING, past(0.0, 0.0, 0.0, depth=0), Status.OK, "waited 1 min"),
    # an unknown rate is not a rate of zero
    (13, reading(7, 70), UNKNOWN, past(0.0, 0.0, 0.0, 0.0), Status.OK, "waited 1 min"),
    (14, reading(7, None), PUBLISHING, [], Status.UNKNOWN, "age of the oldest is not known"),
    (15, reading(20_000, 9, exact=False), PUBLISHING, [], Status.OK, "about 20,000 rows"),
]


@pytest.mark.parametrize(("number", "read", "rates", "before", "status", "said"), CASES)
def test_the_first_rule_that_holds_decides(
    number: int,
    read: BacklogReading,
    rates: Rates,
    before: Sequence[PastSample],
    status: Status,
    said: str,
) -> None:
    verdict = judge(read, rates, before, now=NOW)
    assert verdict.status is status
    assert said in verdict.reason


def test_rates_are_differences_over_the_sources_own_clock() -> None:
    now = reading(published=40, at=counters(seconds=10, position=150))
    assert rates_since(counters(), now, max_gap_seconds=30) == Rates(5.0, 4.0)


def test_the_first_sample_has_no_rate_which_is_not_zero() -> None:
    assert rates_since(None, reading(published=None), max_gap_seconds=30) == Rates(None, None)


@pytest.mark.parametrize("seconds", [0, -5, 31])
def test_a_clock_that_stands_or_a_gap_gives_no_rate(seconds: float) -> None:
    now = reading(published=40, at=counters(seconds=seconds, position=150))
    assert rates_since(counters(), now, max_gap_seconds=30) == Rates(None, None)


def test_clean_up_of_the_newest_row_falls_back_to_the_statistics() -> None:
    now = reading(at=counters(seconds=10, position=None, inserted_total=130))
    assert rates_since(counters(), now, max_gap_seconds=30).inserted_per_second == 3.0


def test_reset_statistics_give_no_rate() -> None:
    now = reading(at=counters(seconds=10, position=5, inserted_total=130, reset_at=NOW))
    assert rates_since(counters(), now, max_gap_seconds=30).inserted_per_second is None
    lower = reading(at=counters(seconds=10, position=5, inserted_total=3))
    assert rates_since(counters(), lower, max_gap_seconds=30).inserted_per_second is None


def test_more_published_than_counted_gives_no_rate() -> None:
    now = reading(published=None, at=counters(seconds=10))
    assert rates_since(counters(), now, max_gap_seconds=30).published_per_second is None
