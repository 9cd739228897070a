import pytest
from pytest_django import DjangoAssertNumQueries

from dashboard.queries.group_detail import group_detail, partition_lag
from monitor.models import Group, Topic
from monitor.values import ReadingFlag
from tests.factories import AT, make_cluster, make_group, make_member, make_reading, make_topic


@pytest.mark.parametrize(
    ("committed", "log_start", "log_end", "lag", "why"),
    [
        (90, 0, 100, 10, "normal"),
        (100, 0, 100, 0, "caught up"),
        (10, 40, 100, 60, "what lies before the log's start is gone"),
        (120, 0, 100, 0, "truncated: flagged, never negative"),
        (None, 0, 100, None, "no commit is unknown, not the whole log"),
        (None, 7, 7, 0, "no commit on an empty log"),
        (90, 0, None, None, "no end, no lag"),
        (90, None, 100, 10, "an unknown start does not hide the lag"),
        (None, None, None, None, "nothing known"),
    ],
)
def test_lag_of_a_partition(
    committed: int | None, log_start: int | None, log_end: int | None, lag: int | None, why: str
) -> None:
    assert partition_lag(committed, log_start, log_end) == lag, why


def test_an_unreadable_commit_on_an_empty_log_is_unknown_not_zero() -> None:
    assert partition_lag(None, 7, 7, ReadingFlag.UNREADABLE) is None
    assert partition_lag(None, 7, 7, ReadingFlag.NO_COMMIT) == 0


@pytest.fixture
def group(db: None) -> Group:
    cluster = make_cluster()
    group = make_group(cluster)
    make_reading(group, make_topic(cluster, "orders"))
    make_member(group, "app", {"orders": [1, 2]})
    return group


def test_partitions_come_with_the_member_that_holds_them(group: Group) -> None:
    rows = group_detail(group).topics[0].partitions
    assert [row.host for row in rows] == [None, "/app.example", "/app.example"]


def test_lag_adds_up_what_is_known_and_counts_the_rest(group: Group) -> None:
    topic = group_detail(group).topics[0]
    assert (topic.lag, topic.unknown_partitions) == (10, 1)
    assert topic.partitions[2].flags == ReadingFlag.NO_COMMIT


def test_lag_is_unknown_when_no_partition_is_known(group: Group) -> None:
    Topic.objects.update(log_end=[None, None, None])
    assert group_detail(group).topics[0].lag is None


def test_partitions_that_the_group_does_not_read_are_left_out(group: Group) -> None:
    group.topics.all().delete()
    make_reading(group, Topic.objects.get(), statuses=["OK", "OK", None])
    assert [row.partition for row in group_detail(group).topics[0].partitions] == [0, 1]


def test_a_topic_that_grew_since_the_last_read_of_its_starts_is_shown(group: Group) -> None:
    Topic.objects.update(log_start=[0], stable_end=[])
    assert [row.log_start for row in group_detail(group).topics[0].partitions] == [0, None, None]


def test_topics_that_are_gone_are_left_out_and_the_rest_is_by_name(group: Group) -> None:
    make_reading(group, make_topic(group.cluster, "customers"))
    make_reading(group, make_topic(group.cluster, "gone"), gone_at=AT)
    assert [topic.topic for topic in group_detail(group).topics] == ["customers", "orders"]


def test_a_detail_takes_two_queries(
    group: Group, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_reading(group, make_topic(group.cluster, "customers"))
    with django_assert_num_queries(2):
        group_detail(group)
