from dataclasses import dataclass
from math import isnan, nan

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from monitor.kafka.ports import ListedGroup
from monitor.lag.forecast import (
    Backlog,
    Drain,
    Flows,
    drain,
    flow_of,
    loss_seconds,
    paced,
    size_loss_seconds,
)

HOUR_MS = 3_600_000


def loss(
    *,
    lag: int,
    per_second: float,
    consumed: float,
    retention_ms: int = HOUR_MS,
    age_seconds: float | None = None,
) -> float:
    """A log that got `per_second` records evenly up to now; the commit lags by `lag`."""

    def ages_of(rows: np.ndarray, offsets: np.ndarray) -> np.ndarray:
        return (1000 + lag - offsets) / per_second

    age = lag / per_second if age_seconds is None else age_seconds
    backlog = Backlog(
        committed=np.array([1000]),
        lag=np.array([lag]),
        age_seconds=np.array([age]),
        flows=Flows(np.array([per_second]), np.array([consumed])),
        retention_ms=np.array([retention_ms]),
    )
    return float(loss_seconds(backlog, ages_of)[0])


def test_who_stands_still_loses_its_oldest_record_first() -> None:
    assert loss(lag=1000, per_second=1, consumed=0) == 2600


def test_who_reads_all_before_the_oldest_expires_loses_nothing() -> None:
    assert isnan(loss(lag=1000, per_second=1, consumed=1))


def test_who_reads_faster_than_records_expire_loses_nothing() -> None:
    # The oldest expires in 100 s and the whole takes 350 s, but each is read before its own turn.
    assert isnan(loss(lag=3500, per_second=1, consumed=10))


def test_who_reads_slower_than_records_came_loses_some_later() -> None:
    # Record n expires in 600 + n s and is read in 2 n s: too late from n = 600 on.
    found = loss(lag=3000, per_second=1, consumed=0.5)
    assert 1200 <= found <= 1200 + 3000 / 8


def test_what_is_older_than_retention_may_be_gone_any_moment() -> None:
    assert loss(lag=5000, per_second=1, consumed=0) == 0


@pytest.mark.parametrize(
    ("lag", "consumed", "retention_ms", "age_seconds"),
    [
        (0, 0.0, HOUR_MS, 0.0),  # nothing waits
        (10, nan, HOUR_MS, 10.0),  # nobody knows how fast
        (10, 0.0, -1, 10.0),  # kept for ever, or compacted, or not told
        (10, 0.0, HOUR_MS, nan),  # nobody knows how old
    ],
)
def test_what_is_not_known_is_no_loss(
    lag: int, consumed: float, retention_ms: int, age_seconds: float
) -> None:
    found = loss(
        lag=lag,
        per_second=1,
        consumed=consumed,
        retention_ms=retention_ms,
        age_seconds=age_seconds,
    )
    assert isnan(found)


@given(
    st.integers(1, 10_000),
    st.floats(0.1, 100),
    st.floats(0, 100),
    st.integers(1, 10_000_000),
)
def test_no_loss_comes_before_the_oldest_record_expires(
    lag: int, per_second: float, consumed: float, retention_ms: int
) -> None:
    found = loss(lag=lag, per_second=per_second, consumed=consumed, retention_ms=retention_ms)
    oldest = retention_ms / 1000 - lag / per_second
    assert isnan(found) or found >= max(0.0, oldest) - 1e-6


def size_loss(lag: int, produced: float, consumed: float, kept: float) -> float:
    flows = Flows(np.array([produced]), np.array([consumed]))
    return float(size_loss_seconds(np.array([lag]), flows, np.array([kept]))[0])


@pytest.mark.parametrize(
    ("lag", "produced", "consumed", "kept", "expected"),
    [
        (400, 2.0, 0.0, 1000, 300.0),  # stands still: until the log has grown by what is left
        (400, 2.0, 1.0, 1000, 600.0),  # falls behind by one a second
        (400, 2.0, 2.0, 1000, nan),  # keeps pace
        (400, 2.0, 3.0, 1000, nan),  # catches up
        (1000, 2.0, 0.0, 1000, 0.0),  # all that is kept waits: any moment
        (1200, 2.0, 9.0, 1000, 0.0),  # more than is kept: by luck, however fast it is read
        (1200, 0.0, 0.0, 1000, nan),  # what does not grow deletes nothing
        (0, 2.0, 0.0, 1000, nan),  # nothing waits
        (-1, 2.0, 0.0, 1000, nan),  # nobody knows what waits
        (400, nan, 0.0, 1000, nan),
        (400, 2.0, nan, 1000, nan),
        (400, 2.0, 0.0, nan, nan),
    ],
)
def test_a_log_that_outgrows_retention_bytes_overtakes_who_falls_behind(
    lag: int, produced: float, consumed: float, kept: float, expected: float
) -> None:
    np.testing.assert_equal(size_loss(lag, produced, consumed, kept), expected)


def first_loss(
    lag: int, produced: int, consumed: int, kept: int, segment: int, check_every: int
) -> int | None:
    """The second at which Kafka first deletes an unread record; None in the first 1,000.

    A log of records of one size, in segments of as many, checked now and then. At each check the
    oldest segment goes as long as what is left is not smaller than what is kept.
    """
    commit, end, start = 0, lag, 0
    for second in range(1, 1000):
        end, commit = end + produced, min(commit + consumed, end + produced)
        while second % check_every == 0 and end - (start + segment) >= kept:
            start += segment
        if commit < start:
            return second
    return None


@given(
    lag=st.integers(1, 200),
    produced=st.integers(1, 20),
    consumed=st.integers(0, 25),
    kept=st.integers(1, 400),
    segment=st.integers(1, 100),
    check_every=st.integers(1, 30),
)
def test_kafka_deletes_nothing_unread_before_that(
    lag: int, produced: int, consumed: int, kept: int, segment: int, check_every: int
) -> None:
    lost_at = first_loss(lag, produced, consumed, kept, segment, check_every)
    if lost_at is not None:
        # The records of the second count at its end; the forecast knows no such steps.
        assert size_loss(lag, produced, consumed, kept) <= lost_at


@given(st.integers(1, 200), st.integers(1, 20), st.integers(0, 19), st.integers(1, 400))
def test_with_segments_of_a_record_it_deletes_just_then(
    lag: int, produced: int, consumed: int, kept: int
) -> None:
    assume(lag < kept and consumed < produced)
    found = size_loss(lag, produced, consumed, kept)
    lost_at = first_loss(lag, produced, consumed, kept, segment=1, check_every=1)
    if lost_at is None:
        assert found >= 998
    else:
        assert lost_at - 2 <= found <= lost_at


@pytest.mark.parametrize(
    ("lag", "produced", "consumed", "expected"),
    [
        (100, 5.0, 10.0, Drain(20.0, is_never=False)),
        (100, 5.0, 5.0, Drain(None, is_never=True)),
        (100, 5.0, 0.0, Drain(None, is_never=True)),
        (0, 5.0, 0.0, Drain(0.0, is_never=False)),
        (None, 5.0, 10.0, Drain(None, is_never=False)),
        (100, None, 10.0, Drain(None, is_never=False)),
        (100, 5.0, None, Drain(None, is_never=False)),
    ],
)
def test_lag_drains_at_what_is_read_beyond_what_comes(
    lag: int | None, produced: float | None, consumed: float | None, expected: Drain
) -> None:
    assert drain(lag, produced, consumed) == expected


@dataclass(frozen=True)
class Rates:
    produced_per_second: float | None = 5.0
    consumed_per_second: float | None = 4.0
    produced_per_second_15m: float | None = 3.0
    consumed_per_second_15m: float | None = 2.0
    state: str = "Stable"


@pytest.mark.parametrize(
    ("rates", "flow"),
    [
        (Rates(), (5, 4)),
        (Rates(consumed_per_second=0.0), (3, 2)),
        (Rates(consumed_per_second=None), (3, 2)),
        (Rates(consumed_per_second=0.0, consumed_per_second_15m=0.0), (3, 0)),
        (Rates(consumed_per_second=0.0, consumed_per_second_15m=None), (5, 0)),
        (Rates(consumed_per_second=None, consumed_per_second_15m=None), (5, None)),
        (Rates(consumed_per_second=0.0, state="Empty"), (5, 0)),
        (Rates(consumed_per_second=None, state="Dead"), (5, None)),
        (Rates(consumed_per_second=0.0, state=""), (3, 2)),
    ],
)
def test_forecasts_go_by_a_minute_with_commits_or_no_members_and_else_by_the_quarter(
    rates: Rates, flow: tuple[float | None, float | None]
) -> None:
    assert flow_of(rates) == flow
    minute = Flows(column(rates.produced_per_second), column(rates.consumed_per_second))
    quarter = Flows(column(rates.produced_per_second_15m), column(rates.consumed_per_second_15m))
    expected = Flows(*map(column, flow))
    members = ListedGroup("g", rates.state, "").has_members
    has_members = np.array([-1 if members is None else members], dtype=np.int8)
    np.testing.assert_equal(paced(minute, quarter, has_members), expected)


def column(rate: float | None) -> np.ndarray:
    return np.array([np.nan if rate is None else rate])
