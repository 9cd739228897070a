from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Group as Role
from django.contrib.auth.models import Permission, User
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from monitor.models import Cluster, ClusterState, Group, OutboxSource
from monitor.values import Status
from tests import factories

pytestmark = pytest.mark.django_db


def page(client: Client, path: str = "/") -> str:
    return client.get(path).content.decode()


def test_without_a_cluster_it_says_how_to_add_one(client: Client, operator: User) -> None:
    client.force_login(operator)
    assert "Tell Highwater where Kafka is" in page(client)
    assert "/admin/monitor/cluster/add/" in page(client)


def test_without_a_group_it_says_when_one_appears(seen: Client, cluster: Cluster) -> None:
    assert "No consumer groups yet" in page(seen)


def test_a_group_in_trouble_needs_attention_and_comes_with_its_outlook(
    seen: Client, billing: Group
) -> None:
    shown = page(seen)
    assert "never at this rate" in shown
    assert "▲ 5 /s" in shown
    assert "1 warn" in shown


def test_problems_come_worst_first_and_outboxes_among_them(seen: Client, billing: Group) -> None:
    factories.make_group(billing.cluster, "search", status=Status.STOP)
    factories.make_outbox("shop", status="UNKNOWN")
    attention = seen.get("/").context["attention"]
    assert [problem.status for problem in attention.problems] == ["STOP", "WARN", "UNKNOWN"]


@pytest.mark.parametrize(
    ("age", "told"),
    [(0.0, "no row waits"), (None, "not known")],
)
def test_that_no_row_waits_is_said_only_of_outboxes_that_were_read(
    seen: Client, cluster: Cluster, age: float | None, told: str
) -> None:
    factories.make_outbox("shop", oldest_age_seconds=age)
    assert f'<span class="n">{told}</span>' in page(seen)


def test_groups_beyond_the_worst_eight_are_counted(seen: Client, cluster: Cluster) -> None:
    for number in range(11):
        factories.make_group(cluster, f"group-{number}", status=Status.STALL)
    assert "3 more" in page(seen)


def test_a_cluster_that_is_sampled_less_often_than_asked_says_since_when_and_why(
    seen: Client, billing: Group
) -> None:
    ClusterState.objects.update(
        widened_to_seconds=30,
        interval_since=datetime(2026, 3, 1, 11, 40, tzinfo=UTC),
        interval_reason="A tick took 24.0 s, longer than the interval of 10 s.",
    )
    shown = seen.get("/").content.decode()
    assert "prod-eu is sampled every 30 s, not every 10 s," in shown
    assert "A tick took 24.0 s" in shown
    assert 'data-stale-after="90' in shown


def test_an_interval_asked_since_that_is_wider_anyway_is_no_news(
    seen: Client, cluster: Cluster, billing: Group
) -> None:
    ClusterState.objects.update(widened_to_seconds=30)
    Cluster.objects.update(sample_interval_seconds=60)
    assert "is sampled every" not in page(seen)


def test_an_unreachable_cluster_is_said_to_be_so_since_when(seen: Client, billing: Group) -> None:
    ClusterState.objects.update(
        unreachable_since=datetime(2026, 3, 1, 11, 40, tzinfo=UTC), last_error="Broker: no route"
    )
    shown = page(seen)
    assert "prod-eu is unreachable since" in shown
    assert "2026-03-01T11:40:00+00:00" in shown
    assert "Broker: no route" in shown


def test_somebody_who_may_not_see_outboxes_is_told_nothing_of_them(
    client: Client, shop: OutboxSource, billing: Group
) -> None:
    person = factories.make_user("narrow")
    person.user_permissions.set(
        Role.objects.get(name="viewers").permissions.filter(codename="view_group")
    )
    client.force_login(person)
    assert "shop" not in page(client)


def test_another_cluster_is_chosen_by_url_and_its_trouble_is_counted_in_the_switch(
    seen: Client, billing: Group
) -> None:
    other = factories.make_cluster("staging")
    shown = page(seen, f"/?cluster={other.pk}")
    assert "0 groups on staging" in shown
    assert "1 not OK" in shown


def test_links_carry_range_and_cluster_on(seen: Client, billing: Group) -> None:
    other = factories.make_cluster("staging")
    factories.make_group(other, "search")
    shown = page(seen, f"/?cluster={other.pk}&range=6h")
    assert f'href="/groups?range=6h&amp;cluster={other.pk}"' in shown


def test_a_bad_range_is_said_and_the_page_still_shows(seen: Client, billing: Group) -> None:
    assert "The range ends before it starts." in page(seen, "/?from=200&to=100")


def test_the_number_of_queries_does_not_grow_with_the_groups(
    seen: Client, cluster: Cluster, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(30):
        group = factories.make_group(cluster, f"group-{number}", status=Status.WARN)
        factories.make_change(group, Status.WARN)
    with django_assert_max_num_queries(30):
        seen.get("/")


@pytest.mark.parametrize("path", ["/", "/groups", "/groups/{id}"])
def test_what_patterns_leave_out_is_said_with_a_link_for_who_may_edit_them(
    seen: Client, billing: Group, path: str
) -> None:
    said = "3 topics are left out by this cluster&#x27;s patterns"
    path, form = path.format(id=billing.pk), f"/admin/monitor/cluster/{billing.cluster_id}/change/"
    assert "left out" not in page(seen, path)
    ClusterState.objects.update(left_out_topics=3, left_out_groups=0)
    assert said in page(seen, path)
    assert form not in page(seen, path)
    editor = factories.make_user("editor", "operators", is_staff=True)
    editor.user_permissions.add(Permission.objects.get(codename="edit_connections"))
    seen.force_login(editor)
    assert f'<a href="{form}">{said}</a>' in page(seen, path)


def test_that_no_group_is_let_in_is_not_called_that_none_is_there(
    seen: Client, cluster: Cluster
) -> None:
    ClusterState.objects.update(left_out_groups=2)
    assert "of those that its patterns let in" in page(seen)
