from dataclasses import dataclass
from math import isnan, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.lag.forecast import Backlog, Drain, drain, flow_of, loss_seconds, paced

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
        consumed=np.array([consumed]),
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


@pytest.mark.parametrize(
    ("rates", "flow"),
    [
        (Rates(), (5, 4)),
        (Rates(consumed_per_second=0.0), (3, 2)),
        (Rates(consumed_per_second=None), (3, 2)),
        (Rates(consumed_per_second=0.0, consumed_per_second_15m=0.0), (3, 0)),
        (Rates(consumed_per_second=0.0, consumed_per_second_15m=None), (5, 0)),
        (Rates(consumed_per_second=None, consumed_per_second_15m=None), (5, None)),
    ],
)
def test_forecasts_go_by_a_minute_with_commits_and_else_by_the_quarter(
    rates: Rates, flow: tuple[float | None, float | None]
) -> None:
    assert flow_of(rates) == flow
    column = np.array([rates.consumed_per_second, rates.consumed_per_second_15m], dtype=float)
    expected = np.nan if flow[1] is None else flow[1]
    np.testing.assert_equal(paced(column[:1], column[1:])[0], expected)
