import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import NotFoundError
from monitor.models import OutboxSource
from monitor.series.gaps import joined, lay_out
from monitor.series.rates import forward_moves, per_second
from monitor.series.read import backlog_series, cluster_rates, group_series
from tests.monitor.series.worlds import at, done, make_group, make_outbox, store

pytestmark = pytest.mark.django_db


def test_each_sample_is_a_point_while_there_are_few() -> None:
    group, [read] = make_group()
    for tick in range(3):
        store(tick, read, [10 * tick, 0], [30, 5], time_lag=1.5, status="WARN")
    series = group_series(group.pk, start=at(0), end=at(3))
    assert series.times == [at(tick).timestamp() for tick in range(3)]
    assert series.lag == series.lag_min == series.lag_max == [35, 25, 15]
    assert series.time_lag_seconds == [1.5] * 3
    assert series.status == ["WARN"] * 3
    assert series.topics == {read.topic_id: [35, 25, 15]}


def test_a_missing_tick_is_a_gap() -> None:
    group, [read] = make_group()
    for tick in (0, 1, 3, 4):
        store(tick, read, [tick], [10])
    series = group_series(group.pk, start=at(0), end=at(5))
    assert series.lag == [10, 9, None, 7, 6]
    assert series.status[2] is None
    assert series.consumed_per_second == [None, 0.1, None, None, 0.1]


def test_lag_over_topics_is_summed_and_each_topic_is_told() -> None:
    group, [one, other] = make_group(topics=2)
    store(0, one, [1], [5])
    store(0, other, [2], [5])
    series = group_series(group.pk, start=at(0), end=at(1))
    assert series.lag == [7]
    assert series.topics == {one.topic_id: [4], other.topic_id: [3]}


def test_unknown_stays_unknown() -> None:
    group, [read] = make_group()
    store(0, read, [-1, -1], [5, 5], lag=-1)
    series = group_series(group.pk, start=at(0), end=at(1))
    assert series.lag == [None]
    assert series.unknown_partitions == [2]


def test_rates_are_of_the_groups_own_partitions() -> None:
    group, [read] = make_group()
    store(0, read, [0, -1], [100, 0])
    store(1, read, [50, -1], [200, 9999])
    series = group_series(group.pk, start=at(0), end=at(2))
    assert series.produced_per_second == [None, 10.0]
    assert series.consumed_per_second == [None, 5.0]


def test_many_samples_become_buckets_that_keep_minimum_and_maximum() -> None:
    group, [read] = make_group()
    lags = [5, 90, 3, 4, 60, 1, 2, 8]
    for tick, lag in enumerate(lags):
        store(tick, read, [1000 - lag], [1000])
    series = group_series(group.pk, start=at(0), end=at(8), points=2)
    assert (series.lag_min, series.lag_max, series.lag) == ([3, 1], [90, 60], [4, 8])


def test_a_partition_added_in_the_range_is_counted_from_then_on() -> None:
    group, [read] = make_group()
    store(0, read, [0], [10])
    store(1, read, [0, 0], [20, 30])
    store(2, read, [0, 0], [30, 50])
    series = group_series(group.pk, start=at(0), end=at(3))
    assert series.produced_per_second == [None, 1.0, 3.0]


def test_a_range_without_samples_has_no_points() -> None:
    group, _ = make_group()
    assert group_series(group.pk, start=at(0), end=at(5)).times == []


def test_an_unknown_group_or_outbox_or_cluster_is_not_found() -> None:
    for read in (group_series, backlog_series, cluster_rates):
        with pytest.raises(NotFoundError):
            read(0, start=at(0), end=at(1))


def test_an_outbox_without_samples_has_an_empty_series() -> None:
    source = OutboxSource.objects.create(name="o", dsn_reference="env:HIGHWATER_SECRET_X")
    assert backlog_series(source.pk, start=at(0), end=at(1)).depth == []


@pytest.mark.parametrize(
    ("points", "ages"),
    [(10, [4.0, 0.0, None, 0.0]), (1, [4.0])],
)
def test_an_empty_outbox_has_waited_no_time_and_an_unknown_age_stays_a_gap(
    points: int, ages: list[float | None]
) -> None:
    source = make_outbox(depths=[3, 0, 5, 0], ages=[4.0, 0.0, None, 0.0])
    series = backlog_series(source.pk, start=at(0), end=at(4), points=points)
    assert series.oldest_age_seconds == ages


def test_a_bucket_of_an_empty_sample_and_an_unknown_one_is_unknown() -> None:
    source = make_outbox(depths=[0, 5], ages=[0.0, None])
    series = backlog_series(source.pk, start=at(0), end=at(2), points=1)
    assert series.oldest_age_seconds == [None]


def test_a_clusters_rates_come_from_its_ticks() -> None:
    group, _ = make_group()
    for tick in (0, 1, 3):
        done(group.cluster, tick, produced_per_second=2.0, consumed_per_second=1.0)
    series = cluster_rates(group.cluster_id, start=at(0), end=at(4))
    assert series.produced_per_second == [2.0, 2.0, None, 2.0]
    assert series.consumed_per_second == [1.0, 1.0, None, 1.0]


@given(st.lists(st.integers(1, 100), min_size=1, max_size=30))
def test_every_bucket_has_its_point_and_every_hole_a_gap(steps: list[int]) -> None:
    times = [float(sum(steps[:index])) for index in range(len(steps))]
    layout = lay_out(times, times, interval_at=lambda _: 10)
    holes = sum(step > 15 for step in steps[:-1])
    assert [index for index in layout.source if index is not None] == list(range(len(times)))
    assert layout.source.count(None) == holes
    assert layout.times == sorted(layout.times)
    assert joined(layout).count(False) == holes + 1


def test_moves_count_forward_and_known_only() -> None:
    offsets = np.array([[5, -1, 7], [9, 4, 3], [9, 6, -1]])
    assert forward_moves(offsets).tolist() == [4, 2]
    assert per_second(forward_moves(offsets), [0, 2, 4], [False, True, True]) == [None, 2.0, 1.0]


def test_a_move_of_which_no_partition_is_known_is_unknown_not_zero() -> None:
    offsets = np.array([[5, -1], [-1, -1], [9, 4], [9, 4]])
    moves = forward_moves(offsets)
    assert moves.tolist() == [-1, -1, 0]
    assert per_second(moves, [0, 1, 2, 3], [True] * 4) == [None, None, None, 0.0]
