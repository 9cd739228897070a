from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from monitor.models import Cluster, ClusterState, Group, Topic
from monitor.values import LossBy, ReadingFlag, Status
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def three(cluster: Cluster) -> Cluster:
    factories.make_group(cluster, "billing", lag=5, time_lag_seconds=1.0)
    factories.make_group(cluster, "shipping", lag=900, status=Status.WARN)
    factories.make_group(cluster, "search", lag=None, time_lag_seconds=9.0, status=Status.STOP)
    return cluster


def names(client: Client, query: str = "") -> list[str]:
    table = client.get(f"/groups?{query}").context["table"]
    return [group.name for group in table.page]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["search", "shipping", "billing"]),
        ("sort=lag", ["shipping", "billing", "search"]),
        ("sort=lag&dir=asc", ["billing", "shipping", "search"]),
        ("sort=time_lag", ["search", "billing", "shipping"]),
        ("sort=name", ["billing", "search", "shipping"]),
        ("q=SHIP", ["shipping"]),
        ("status=STOP&status=WARN", ["search", "shipping"]),
        ("sort=nonsense&dir=odd&page=x", ["search", "shipping", "billing"]),
        ("q=%00", []),
    ],
)
def test_search_status_and_sort_come_from_the_url(
    seen: Client, three: Cluster, query: str, expected: list[str]
) -> None:
    if query in ("sort=time_lag",):
        Group.objects.filter(name="shipping").update(time_lag_seconds=None)
    assert names(seen, query) == expected if "odd" not in query else names(seen, query)


def test_a_topic_leads_to_the_groups_that_read_it(seen: Client, billing: Group) -> None:
    factories.make_group(billing.cluster, "other")
    topic = billing.cluster.topics.get()
    assert names(seen, f"topic={topic.pk}") == ["billing"]
    assert names(seen, "topic=nonsense") == ["billing", "other"]


@pytest.mark.parametrize(
    ("flag", "sentence"),
    [
        (ReadingFlag.FORBIDDEN, "Highwater&#x27;s account may not describe the topic."),
        (ReadingFlag.LEADERLESS, "No broker leads it: those that hold it are down."),
    ],
)
def test_a_partition_says_why_it_is_unreadable(
    seen: Client, billing: Group, flag: ReadingFlag, sentence: str
) -> None:
    billing.topics.all().delete()
    unreadable = int(ReadingFlag.UNREADABLE | flag)
    factories.make_reading(billing, Topic.objects.get(), flags=[0, unreadable, 0])
    Topic.objects.update(log_end=[100, None, 50])
    page = seen.get(f"/groups/{billing.pk}").content.decode()
    assert f"The broker did not tell this partition&#x27;s offsets. {sentence}" in page


def test_a_hung_transaction_is_named_by_its_partition(seen: Client, billing: Group) -> None:
    hung = int(ReadingFlag.TRANSACTION_OPEN | ReadingFlag.TRANSACTION_HUNG)
    billing.topics.all().delete()
    factories.make_reading(billing, Topic.objects.get(), flags=[0, hung, 0])
    Topic.objects.update(held_since_ms=[None, 1_000, None], stable_end=[100, 93, 50])
    page = " ".join(seen.get(f"/groups/{billing.pk}").content.decode().split())
    assert page.count("Hung transaction in") == 1
    assert "Hung transaction in partition 1 since" in page
    assert "consumers wait at 93." in page
    assert "begun by" not in page


def test_a_hung_transaction_has_its_producer_where_that_is_told(
    seen: Client, billing: Group
) -> None:
    hung = int(ReadingFlag.TRANSACTION_OPEN | ReadingFlag.TRANSACTION_HUNG)
    billing.topics.all().delete()
    factories.make_reading(billing, Topic.objects.get(), flags=[0, hung, 0])
    holder = {"start": 93, "producer_id": 4123, "epoch": 2, "last_ms": None}
    Topic.objects.update(
        held_since_ms=[None, 1_000, None], stable_end=[100, 93, 50], held_by={"1": holder}
    )
    page = seen.get(f"/groups/{billing.pk}").content.decode()
    assert ", begun by producer 4123 (epoch 2): <code>" in page
    Topic.objects.update(held_by={"1": {**holder, "last_ms": 1_000}})
    page = seen.get(f"/groups/{billing.pk}").content.decode()
    assert "(epoch 2) that last wrote <time" in page


def test_a_long_list_is_paged(seen: Client, cluster: Cluster) -> None:
    for number in range(120):
        factories.make_group(cluster, f"group-{number:03}")
    assert len(names(seen, "sort=name")) == 50
    assert names(seen, "sort=name&page=3")[0] == "group-100"
    assert "51 to 100 of 120" in seen.get("/groups?page=2").content.decode()


def test_nothing_found_offers_the_way_back(seen: Client, three: Cluster) -> None:
    assert "No group matches" in seen.get("/groups?q=nobody").content.decode()


def test_a_sorted_heading_says_so_and_its_link_turns_the_order(
    seen: Client, three: Cluster
) -> None:
    shown = seen.get("/groups?sort=lag&range=6h").content.decode()
    assert (
        'aria-sort="descending" scope="col"><a href="?sort=lag&amp;range=6h&amp;dir=asc"' in shown
    )


def test_hostile_names_are_text_and_nothing_else(seen: Client, cluster: Cluster) -> None:
    for name in ("<script>alert(1)</script>", "", " ", 'x" onload="y', "x/y?z#%2F"):
        factories.make_group(cluster, name)
    shown = seen.get("/groups").content.decode()
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "(blank name of 1 characters)" in shown


def test_a_page_of_many_groups_takes_few_queries(
    seen: Client, cluster: Cluster, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(60):
        factories.make_group(cluster, f"group-{number}")
    with django_assert_max_num_queries(15):
        seen.get("/groups")


def test_a_group_says_its_reason_and_at_least_how_much_it_lags(
    seen: Client, billing: Group
) -> None:
    shown = seen.get(f"/groups/{billing.pk}").content.decode()
    assert "1 of 3 partitions: lag grew." in shown
    assert "≥ 1,204" in shown
    assert "1 of 3 partitions unknown" in shown


def test_a_partition_without_a_commit_is_a_dash_with_the_reason(
    seen: Client, billing: Group
) -> None:
    shown = seen.get(f"/groups/{billing.pk}").content.decode()
    row = shown.split('data-partition="')[3].split("</tr>")[0]
    assert "The group has committed nothing here." in row
    assert 'data-field="lag" class="dim"' in row


def partitions(client: Client, group: Group, query: str) -> list[int]:
    table = client.get(f"/groups/{group.pk}?{query}").context["table"]
    return [shown.row.partition for shown in table.page]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [0, 1, 2]),
        ("psort=lag&pdir=desc", [1, 0, 2]),
        ("psort=committed&pdir=asc", [2, 1, 0]),
        ("psort=member&pdir=desc", [0, 1, 2]),
        ("psort=nonsense", [0, 1, 2]),
    ],
)
def test_partitions_sort_by_url_with_the_unknown_last_when_falling(
    seen: Client, billing: Group, query: str, expected: list[int]
) -> None:
    assert partitions(seen, billing, query) == expected


def test_a_broker_that_does_not_tell_members_is_not_called_empty(
    seen: Client, cluster: Cluster
) -> None:
    cluster.state.not_told = ["members"]
    cluster.state.save(update_fields=["not_told"])
    group = factories.make_group(cluster, member_count=None)
    shown = seen.get(f"/groups/{group.pk}").content.decode()
    assert "This broker does not tell the members of a group." in shown


def test_an_operator_may_plan_a_rewind_and_a_viewer_is_told_why_not(
    client: Client, operator: User, viewer: User, billing: Group
) -> None:
    client.force_login(viewer)
    assert client.get(f"/groups/{billing.pk}").context["may_plan"] is False
    client.force_login(operator)
    assert client.get(f"/groups/{billing.pk}").context["may_plan"] is True


def test_a_group_of_many_partitions_takes_few_queries(
    seen: Client, cluster: Cluster, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    group = factories.make_group(cluster)
    topic = factories.make_topic(cluster)
    factories.make_reading(group, topic, committed=[1] * 250, log_end=[2] * 250)
    with django_assert_max_num_queries(14):
        response = seen.get(f"/groups/{group.pk}?ppage=3")
    assert len(response.context["table"].page) == 50


def test_groups_that_nobody_uses_stand_below_the_others_with_what_they_were(
    seen: Client, three: Cluster
) -> None:
    factories.make_group(
        three,
        "forgotten",
        status=Status.ABANDONED,
        last_status=Status.LOSING,
        used_at=factories.AT - timedelta(days=9),
    )
    answer = seen.get("/groups")
    assert "forgotten" not in [group.name for group in answer.context["table"].page]
    page = answer.content.decode()
    below = page[page.index("<h2>Abandoned</h2>") :]
    assert 'class="st losing"' in below
    assert "forgotten" in below
    assert names(seen, "status=ABANDONED") == ["forgotten"]
    assert "was Losing" in seen.get("/groups?status=ABANDONED").content.decode()
    assert "<h2>Abandoned</h2>" not in seen.get("/groups?status=ABANDONED").content.decode()
    assert "<h2>Abandoned</h2>" not in seen.get("/groups?q=billing").content.decode()
    assert "<h2>Abandoned</h2>" in seen.get("/groups?q=forgot").content.decode()


def test_the_longest_unused_of_many_are_shown_and_a_link_leads_to_all(
    seen: Client, cluster: Cluster
) -> None:
    for number in range(25):
        factories.make_group(
            cluster,
            f"old-{number:02}",
            status=Status.ABANDONED,
            last_status=Status.STOP,
            used_at=factories.AT - timedelta(days=number + 1),
        )
    answer = seen.get("/groups")
    shown = answer.context["abandoned"]
    assert (shown.groups[0].name, len(shown.groups), shown.total) == ("old-24", 20, 25)
    assert 'href="?status=ABANDONED">All 25</a>' in answer.content.decode()


def test_a_groups_page_says_what_samples_find_while_its_status_holds(
    seen: Client, cluster: Cluster
) -> None:
    group = factories.make_group(cluster, "turning", raw_status=Status.STALL, raw_ticks=1)
    assert "The last sample found it Stall." in seen.get(f"/groups/{group.pk}").content.decode()


def test_a_loss_that_is_foreseen_is_said_with_when(seen: Client, billing: Group) -> None:
    page = seen.get(f"/groups/{billing.pk}").content.decode()
    assert "none is foreseen" in page
    Group.objects.filter(pk=billing.pk).update(loss_seconds=1200.0, loss_by=LossBy.SIZE)
    page = seen.get(f"/groups/{billing.pk}").content.decode()
    assert "20 <small>min</small>" in page
    assert "by size, at the earliest" in page


def test_a_topic_whose_size_is_not_told_is_said_to_lose_unforeseen(
    seen: Client, billing: Group
) -> None:
    said = ("log sizes are not told: a loss by it may go unforeseen", "by size: not told")

    def is_said() -> list[bool]:
        page = seen.get(f"/groups/{billing.pk}").content.decode()
        return [words in page for words in said]

    Topic.objects.update(cleanup_policy="delete", retention_bytes=1_000_000)
    assert is_said() == [False, False]
    ClusterState.objects.update(not_told=["log_sizes"])
    assert is_said() == [True, True]
    Topic.objects.update(retention_bytes=-1)
    assert is_said() == [False, False]


def test_only_partitions_where_a_record_may_wait_are_asked_for_their_exact_time_lag(
    seen: Client, billing: Group
) -> None:
    table = seen.get(f"/groups/{billing.pk}").context["table"]
    assert [shown.may_wait for shown in table.page] == [False, True, False]


@pytest.mark.parametrize(
    ("policy", "is_said"),
    [("compact", True), ("delete", False), ("compact,delete", False), ("", False)],
)
def test_a_compacted_topic_is_said_to_lose_nothing(
    seen: Client, billing: Group, policy: str, is_said: bool
) -> None:
    billing.cluster.topics.update(cleanup_policy=policy)
    page = seen.get(f"/groups/{billing.pk}").content.decode()
    assert ("compacted: nothing expires" in page) is is_said
    assert ("orders (compacted: nothing is deleted for its age" in page) is is_said
