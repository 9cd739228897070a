"""A cluster whose interval somebody changes, and what charts make of the hours about that."""

from datetime import timedelta

import pytest
from django.conf import LazySettings

from monitor.models import Cluster, ClusterState, IntervalChange
from monitor.series import interval
from monitor.series.read import group_series
from tests.monitor.lag.worlds import Sampled

pytestmark = pytest.mark.django_db
TEN, MINUTE = timedelta(seconds=10), timedelta(seconds=60)


def gaps(sampled: Sampled) -> list[bool]:
    """For each point of the chart of `g`: is it a gap?"""
    group = sampled.group("g").pk
    series = group_series(group, start=sampled.now - 20 * MINUTE, end=sampled.now + TEN)
    return [lag is None for lag in series.lag]


def asked(sampled: Sampled, every: timedelta) -> None:
    """As the admin's form and `manage.py apply` leave it, before any tick."""
    seconds = int(every.total_seconds())
    Cluster.objects.filter(pk=sampled.row.pk).update(sample_interval_seconds=seconds)


def test_a_shorter_interval_makes_no_gaps_of_the_time_before(sampled: Sampled) -> None:
    sampled.every(MINUTE)
    sampled.ticks(3)
    sampled.every(TEN)
    sampled.ticks(3)
    assert gaps(sampled) == [False] * 6


def test_a_longer_interval_hides_no_gap_of_the_time_before(sampled: Sampled) -> None:
    sampled.ticks(2)
    sampled.now += TEN
    sampled.ticks(2)
    sampled.every(MINUTE)
    sampled.ticks(2)
    assert gaps(sampled) == [False, False, True, False, False, False, False]


@pytest.mark.parametrize(("before", "after"), [(TEN, MINUTE), (MINUTE, TEN)])
def test_a_change_that_no_tick_has_seen_yet_changes_no_chart(
    sampled: Sampled, before: timedelta, after: timedelta
) -> None:
    sampled.every(before)
    sampled.ticks(2)
    sampled.now += before
    sampled.ticks(2)
    as_it_was = gaps(sampled)
    asked(sampled, after)
    assert gaps(sampled) == as_it_was == [False, False, True, False, False]


def test_a_missing_tick_after_the_change_is_a_gap(sampled: Sampled) -> None:
    sampled.every(MINUTE)
    sampled.ticks(2)
    sampled.every(TEN)
    sampled.ticks(2)
    sampled.now += TEN
    sampled.tick()
    assert gaps(sampled) == [False] * 4 + [True, False]


def test_the_setting_counts_like_the_clusters_own(sampled: Sampled, settings: LazySettings) -> None:
    Cluster.objects.update(sample_interval_seconds=None)
    settings.HIGHWATER_SAMPLE_INTERVAL = 10
    sampled.ticks(2)
    last_at = sampled.state.sampled_at
    settings.HIGHWATER_SAMPLE_INTERVAL = 60
    sampled.interval = MINUTE
    sampled.ticks(2)
    change = IntervalChange.objects.get()
    assert (change.at, change.before_seconds, change.seconds) == (last_at, 10, 60)


def test_the_first_tick_changes_nothing(sampled: Sampled) -> None:
    sampled.ticks(1)
    assert sampled.state.noted_interval_seconds == 10
    assert not IntervalChange.objects.exists()


def test_two_processes_write_a_change_down_once(sampled: Sampled) -> None:
    sampled.ticks(1)
    asked(sampled, MINUTE)
    seen = [Cluster.objects.select_related("state").get() for _ in range(2)]
    for cluster in seen:
        interval.note(cluster, sampled.now)
    assert IntervalChange.objects.count() == 1


def test_a_wider_interval_is_whole_slots_of_the_one_asked_since(sampled: Sampled) -> None:
    sampled.ticks(1)
    ClusterState.objects.update(widened_to_seconds=30)
    asked(sampled, timedelta(seconds=20))
    assert interval.of(Cluster.objects.get()) == timedelta(seconds=40)
    asked(sampled, MINUTE)
    assert interval.of(Cluster.objects.get()) == MINUTE
