"""A cluster whose ticks take longer than its interval, by the recorded seconds of its ticks."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import LazySettings

from monitor.lag import pressure
from monitor.lag.claim import Claim
from monitor.models import Cluster, ClusterState, IntervalChange, Tick
from monitor.series import interval
from monitor.series.read import group_series
from tests.monitor.lag.worlds import Sampled

pytestmark = pytest.mark.django_db
Slow = Callable[[float], None]


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    """Makes ticks from now on as if reading had taken so many seconds."""

    def slow(seconds: float) -> None:
        def keep_pace(cluster: Cluster, claimed: Claim) -> None:
            Tick.objects.filter(pk=claimed.tick_id).update(read_seconds=seconds)
            pressure.keep_pace(cluster, claimed)

        monkeypatch.setattr("monitor.lag.collect.keep_pace", keep_pace)

    return slow


def test_a_tick_longer_than_its_interval_widens_it_and_says_why(
    sampled: Sampled, slow: Slow
) -> None:
    sampled.tick()
    slow(23.0)
    sampled.tick()
    state = ClusterState.objects.get()
    assert (state.widened_to_seconds, state.interval_since) == (30, state.sampled_at)
    assert state.interval_reason.startswith("A tick took 23.")


def test_a_widened_cluster_has_its_next_tick_when_that_is_over(
    sampled: Sampled, slow: Slow
) -> None:
    slow(23.0)
    sampled.tick()
    outcomes = [sampled.tick() for _ in range(6)]
    assert outcomes == [None, None, Tick.State.DONE] * 2


def test_it_narrows_after_six_quick_ticks(sampled: Sampled, slow: Slow) -> None:
    slow(23.0)
    sampled.tick()
    slow(0.5)
    done = [sampled.tick() for _ in range(18)].count(Tick.State.DONE)
    state = ClusterState.objects.get()
    assert (done, state.widened_to_seconds) == (6, None)
    assert [sampled.tick(), sampled.tick()] == [Tick.State.DONE] * 2
    assert IntervalChange.objects.count() == 2


def test_charts_have_no_holes_where_the_interval_was_wider_and_one_where_a_tick_is_missing(
    sampled: Sampled, slow: Slow
) -> None:
    sampled.ticks(2)
    slow(23.0)
    sampled.tick()
    slow(0.5)
    for _ in range(18):
        sampled.tick()
    sampled.ticks(2)
    sampled.now += timedelta(seconds=10)
    sampled.tick()
    start = sampled.now - timedelta(minutes=10)
    series = group_series(
        sampled.group("g").pk, start=start, end=sampled.now + timedelta(seconds=10)
    )
    assert [lag is None for lag in series.lag] == [False] * 11 + [True, False]


def test_windows_go_on_over_a_wider_interval(sampled: Sampled, slow: Slow) -> None:
    slow(23.0)
    sampled.tick()
    for _ in range(9):
        sampled.tick()
    assert Tick.objects.filter(consumed_per_second=None, state=Tick.State.DONE).count() == 1


def test_the_intervals_of_a_range_are_those_of_its_time(sampled: Sampled, slow: Slow) -> None:
    slow(23.0)
    sampled.tick()
    widened_at = sampled.now
    found = interval.over(
        Cluster.objects.get(), widened_at - timedelta(hours=1), widened_at + timedelta(hours=1)
    )
    assert found.at(widened_at.timestamp() - 60) == 10
    assert found.at(widened_at.timestamp()) == 30
    later = widened_at + timedelta(hours=1)
    assert interval.over(Cluster.objects.get(), later, later + timedelta(hours=1)).least == 30


def test_the_setting_bounds_it(sampled: Sampled, slow: Slow, settings: LazySettings) -> None:
    settings.HIGHWATER_MOST_INTERVAL = 20
    slow(500.0)
    sampled.tick()
    assert ClusterState.objects.get().widened_to_seconds == 20
