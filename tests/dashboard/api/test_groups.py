from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from dashboard.api.groups import GroupOut
from monitor.lag.damping import Standing
from monitor.lag.message import group_body
from monitor.lag.verdicts import GroupVerdict
from monitor.models import Cluster, Group, Topic
from monitor.values import ReadingFlag, Status
from tests.factories import make_cluster, make_group, make_member, make_reading, make_topic
from tests.monitor.series import worlds

pytestmark = pytest.mark.django_db
LIST = "/api/v1/groups"
HOSTILE = ["a\\0b", "", " ", "x/y?z#%2F", "<script>"]


@pytest.fixture
def cluster() -> Cluster:
    cluster = make_cluster()
    make_group(cluster, "billing", lag=5)
    make_group(cluster, "search", lag=None, unknown_partitions=2, status=Status.UNKNOWN)
    make_group(cluster, "shipping", lag=700, unknown_partitions=1, status=Status.STALL)
    return cluster


def names(client: Client, **parameters: Any) -> list[str]:
    return [item["name"] for item in client.get(LIST, parameters).json()["items"]]


def test_a_group_says_when_its_lag_is_at_least(as_viewer: Client, cluster: Cluster) -> None:
    [item] = as_viewer.get(LIST, {"search": "SHIP"}).json()["items"]
    assert (item["lag"], item["lag_is_at_least"], item["status"]) == (700, True, "STALL")
    assert (item["cluster_id"], item["members"]) == (cluster.pk, 1)
    assert item["sampled_at"] == "2026-03-01T12:00:00Z"


def test_an_unknown_lag_is_null(as_viewer: Client, cluster: Cluster) -> None:
    [item] = as_viewer.get(LIST, {"name": "search"}).json()["items"]
    assert item["lag"] is None


def test_answers_have_the_fields_of_live_messages(cluster: Cluster) -> None:
    group = cluster.groups.get(name="shipping")
    verdict = GroupVerdict(
        id=group.pk,
        name=group.name,
        state=group.state,
        kind="",
        members=group.member_count,
        standing=Standing(Status.STALL, Status(group.raw_status)),
        status_since=group.status_since,
        status_before=Status.OK,
        reason=group.status_reason,
        last_status=group.last_status,
        used_at=group.used_at,
        lag=group.lag,
        lag_max=group.lag_max,
        time_lag_seconds=group.time_lag_seconds,
        partitions=group.partitions,
        unknown_partitions=group.unknown_partitions,
        produced_per_second=None,
        consumed_per_second=None,
        produced_per_second_15m=None,
        consumed_per_second_15m=None,
        lost_records=None,
        loss_seconds=None,
        loss_by="",
        is_new=False,
    )
    assert GroupOut.of(group).dict() == group_body(cluster.pk, verdict, group.sampled_at)


def test_groups_are_filtered_and_sorted(as_viewer: Client, cluster: Cluster) -> None:
    assert names(as_viewer, sort="lag", order="desc") == ["shipping", "billing", "search"]
    assert names(as_viewer, status=["STALL", "UNKNOWN"]) == ["search", "shipping"]
    assert names(as_viewer, cluster_id=cluster.pk + 1) == []


def test_next_leads_through_all_pages_with_the_same_filter(
    as_viewer: Client, cluster: Cluster
) -> None:
    first = as_viewer.get(f"{LIST}?search=i&sort=lag&order=desc&limit=1").json()
    second = as_viewer.get(first["next"]).json()
    assert [item["name"] for item in first["items"] + second["items"]] == ["shipping", "billing"]
    assert second["next"] is None


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_found_whole(as_viewer: Client, cluster: Cluster, name: str) -> None:
    make_group(cluster, name)
    assert names(as_viewer, name=name) == [name]


def test_a_list_takes_as_many_queries_for_many_groups_as_for_few(
    as_viewer: Client, cluster: Cluster, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(20):
        make_group(cluster, f"g{number}")
    with django_assert_num_queries(5):  # session, user, its two sources of permissions, groups
        as_viewer.get(LIST)


@pytest.fixture
def billing(cluster: Cluster) -> Group:
    group = cluster.groups.get(name="billing")
    make_reading(group, make_topic(cluster, "orders"))
    make_member(group, "app", {"orders": [1]})
    return group


def test_a_group_comes_with_members_and_partitions(as_viewer: Client, billing: Group) -> None:
    shown = as_viewer.get(f"{LIST}/{billing.pk}").json()
    assert shown["group"]["name"] == "billing"
    assert shown["members"][0]["assignment"] == {"orders": [1]}
    [topic] = shown["topics"]
    assert (topic["topic"], topic["lag"], topic["unknown_partitions"]) == ("orders", 10, 1)
    assert [row["host"] for row in topic["partitions"]] == [None, "/app.example", None]
    assert [row["lag"] for row in topic["partitions"]] == [10, 0, None]


def test_flags_are_words(as_viewer: Client, billing: Group) -> None:
    lost = int(ReadingFlag.LOST | ReadingFlag.TRANSACTION_OPEN)
    forbidden = int(ReadingFlag.UNREADABLE | ReadingFlag.FORBIDDEN)
    billing.topics.all().delete()
    make_reading(billing, Topic.objects.get(), flags=[0, lost, forbidden])
    rows = as_viewer.get(f"{LIST}/{billing.pk}").json()["topics"][0]["partitions"]
    assert [row["flags"] for row in rows] == [
        [],
        ["LOST", "TRANSACTION_OPEN"],
        ["UNREADABLE", "FORBIDDEN"],
    ]


def test_an_open_transaction_is_told_since_when(as_viewer: Client, billing: Group) -> None:
    Topic.objects.update(held_since_ms=[None, 1_000, None])
    rows = as_viewer.get(f"{LIST}/{billing.pk}").json()["topics"][0]["partitions"]
    assert [row["transaction_since"] for row in rows] == [None, "1970-01-01T00:00:01Z", None]
    assert [row["transaction_producer"] for row in rows] == [None, None, None]


def test_a_hung_transaction_is_told_with_its_producer(as_viewer: Client, billing: Group) -> None:
    holder = {"start": 90, "producer_id": 4123, "epoch": 2, "last_ms": 2_000}
    Topic.objects.update(
        held_since_ms=[1_000] * 3,
        stable_end=[80, 90, 50],
        held_by={"0": holder, "1": holder},
    )
    topic = Topic.objects.get()
    told = {"id": 4123, "epoch": 2, "last_wrote_at": "1970-01-01T00:00:02Z"}
    in_group = as_viewer.get(f"{LIST}/{billing.pk}").json()["topics"][0]
    in_topic = as_viewer.get(f"/api/v1/topics/{topic.pk}").json()
    for rows in (in_group["partitions"], in_topic["partitions"]):
        # That of partition 0 began elsewhere: it is another transaction by now.
        assert [row["transaction_producer"] for row in rows] == [None, told, None]


def test_lag_over_a_range_keeps_gaps(as_viewer: Client) -> None:
    group, [read] = worlds.make_group()
    for tick in (0, 1, 3):
        worlds.store(tick, read, [tick], [10])
    span = {"from": worlds.at(0).isoformat(), "to": worlds.at(5).isoformat()}
    shown = as_viewer.get(f"{LIST}/{group.pk}/lag", span).json()
    assert shown["lag"] == [10, 9, None, 7]
    assert shown["times"][0] == worlds.at(0).timestamp()
    assert shown["topics"] == {str(read.topic_id): [10, 9, None, 7]}


@pytest.mark.parametrize(
    ("span", "says"),
    [
        ({"from": "2026-03-01T13:00:00Z", "to": "2026-03-01T12:00:00Z"}, "must be before"),
        ({"from": "2026-03-01T12:00:00Z", "to": "2026-03-01T12:00:00Z"}, "must be before"),
        ({"from": "2025-01-01T12:00:00Z", "to": "2026-03-01T12:00:00Z"}, "not be longer than"),
        ({"from": "yesterday"}, "valid datetime"),
        ({"to": "0001-01-01T00:00:00Z"}, "between the years"),
        ({"from": "9999-12-31T23:59:59-12:00"}, "between the years"),
        ({"points": "0"}, "greater than or equal to 10"),
        ({"points": "2001"}, "less than or equal to 2000"),
    ],
)
def test_a_range_that_cannot_be_is_refused(
    as_viewer: Client, billing: Group, span: dict[str, str], says: str
) -> None:
    response = as_viewer.get(f"{LIST}/{billing.pk}/lag", span)
    assert response.status_code == 422
    assert says in response.json()["detail"]


def test_times_without_a_zone_are_in_utc(as_viewer: Client) -> None:
    group, [read] = worlds.make_group()
    worlds.store(0, read, [1], [5])
    span = {"from": "2026-03-01T12:00:00", "to": "2026-03-01T12:01:00"}
    assert as_viewer.get(f"{LIST}/{group.pk}/lag", span).json()["lag"] == [4]


@pytest.mark.parametrize("path", ["7", "7/lag", f"{2**70}", f"{2**70}/lag"])
def test_an_unknown_group_is_a_problem(as_viewer: Client, path: str) -> None:
    response = as_viewer.get(f"{LIST}/{path}")
    assert (response.status_code, response.json()["status"]) == (404, 404)


def test_each_person_sees_what_the_role_says(
    as_operator: Client, as_viewer: Client, as_stranger: Client, billing: Group
) -> None:
    clients = (as_operator, as_viewer, as_stranger)
    assert [client.get(f"{LIST}/{billing.pk}").status_code for client in clients] == [200, 200, 401]
