import pytest
from pytest_django import DjangoAssertNumQueries

from dashboard.queries.groups import SORTS, GroupFilter, group, groups, order
from dashboard.queries.keyset import read_page
from monitor.models import Cluster
from monitor.values import Status
from tests.factories import AT, make_cluster, make_group, make_reading, make_topic

pytestmark = pytest.mark.django_db


@pytest.fixture
def cluster() -> Cluster:
    cluster = make_cluster()
    make_group(cluster, "billing", lag=5, time_lag_seconds=9.0, member_count=2)
    make_group(cluster, "Search", lag=None, time_lag_seconds=None, member_count=None)
    make_group(cluster, "shipping", lag=700, status=Status.STALL)
    make_group(cluster, "old", gone_at=AT)
    return cluster


def names(wanted: GroupFilter, sort: str = "name", *, is_descending: bool = False) -> list[str]:
    rows = order(sort, is_descending=is_descending).apply(groups(wanted))
    return [row.name for row in rows]


def test_search_finds_a_part_of_the_name_in_any_case(cluster: Cluster) -> None:
    assert names(GroupFilter(search="EAR")) == ["Search"]


@pytest.mark.parametrize("search", ["%", "_", "a\0b", "\ud800"])
def test_odd_letters_in_a_search_are_only_letters(cluster: Cluster, search: str) -> None:
    assert names(GroupFilter(search=search)) == []


def test_groups_that_are_gone_are_hidden_unless_asked_for(cluster: Cluster) -> None:
    assert "old" not in names(GroupFilter())
    assert "old" in names(GroupFilter(include_gone=True))


def test_groups_of_a_disabled_cluster_are_hidden(cluster: Cluster) -> None:
    Cluster.objects.update(is_enabled=False)
    assert names(GroupFilter(include_gone=True)) == []


def test_statuses_and_clusters_filter(cluster: Cluster) -> None:
    make_group(make_cluster("staging"), "shipping", status=Status.STALL)
    wanted = GroupFilter(statuses=[Status.STALL, Status.STOP], cluster_id=cluster.pk)
    assert names(wanted) == ["shipping"]


def test_a_topic_filters_to_its_readers(cluster: Cluster) -> None:
    topic = make_topic(cluster)
    make_reading(cluster.groups.get(name="billing"), topic)
    assert names(GroupFilter(topic_id=topic.pk)) == ["billing"]


@pytest.mark.parametrize(
    ("sort", "is_descending", "expected"),
    [
        ("lag", False, ["billing", "shipping", "Search"]),
        ("lag", True, ["shipping", "billing", "Search"]),
        ("time_lag", True, ["billing", "shipping", "Search"]),
        ("members", True, ["billing", "shipping", "Search"]),
    ],
)
def test_what_is_unknown_sorts_last_in_both_directions(
    cluster: Cluster, sort: str, is_descending: bool, expected: list[str]
) -> None:
    assert names(GroupFilter(), sort, is_descending=is_descending) == expected


def test_statuses_sort_by_badness_not_by_letter(cluster: Cluster) -> None:
    make_group(cluster, "audit", status=Status.LOSING)
    assert names(GroupFilter(), "status", is_descending=True)[:2] == ["audit", "shipping"]


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("is_descending", [False, True])
def test_pages_together_are_the_whole_list(
    cluster: Cluster, sort: str, is_descending: bool
) -> None:
    for number in range(5):
        make_group(cluster, f"g{number}", lag=number % 2, time_lag_seconds=None)
    chosen = order(sort, is_descending=is_descending)
    expected = [row.pk for row in chosen.apply(groups(GroupFilter()))]
    seen: list[int] = []
    cursor = None
    while len(seen) < len(expected):
        page = read_page(groups(GroupFilter()), chosen, cursor=cursor, limit=3)
        seen += [row.pk for row in page.rows]
        cursor = page.next_cursor
    assert (seen, cursor) == (expected, None)


def test_a_list_takes_one_query_with_its_clusters(
    cluster: Cluster, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        assert {row.cluster.name for row in groups(GroupFilter())} == {"prod-eu"}


def test_one_group_comes_with_its_clusters_state(
    cluster: Cluster, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    group_id = cluster.groups.get(name="old").pk
    with django_assert_num_queries(1):
        found = group(group_id)
        assert found is not None and found.cluster.state.sampled_at == AT


def test_an_unknown_group_is_none(cluster: Cluster) -> None:
    assert group(2**40) is None
