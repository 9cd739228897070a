"""Lost records on a group's page, and the page that acknowledges them."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from monitor.models import Cluster, Group, GroupTopic, LossAcknowledgement
from monitor.values import Status
from tests.factories import AT, make_losing_group, make_topic

BUTTON = "Acknowledge lost records"


@pytest.fixture
def losing(cluster: Cluster) -> Group:
    return make_losing_group(cluster)


@pytest.fixture
def acting(client: Client, operator: User) -> Client:
    client.force_login(operator)
    return client


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def seen_of(group: Group) -> str:
    topic = group.topics.get(topic__name="orders").topic_id
    return f"{topic}:0:100 {topic}:2:70"


def send(client: Client, group: Group, **fields: Any) -> Any:
    fields = {"seen": seen_of(group), "reason": "ticket 7"} | fields
    return client.post(f"/groups/{group.pk}/acknowledge", fields)


def test_a_group_leads_to_the_page_that_acknowledges(acting: Client, losing: Group) -> None:
    page = text_of(acting.get(f"/groups/{losing.pk}"))
    assert "40 records lost" in page
    assert f'href="/groups/{losing.pk}/acknowledge"' in page


def test_who_may_not_sees_why_and_changes_nothing(seen: Client, losing: Group) -> None:
    page = text_of(seen.get(f"/groups/{losing.pk}"))
    assert "You lack the permission monitor.acknowledge_loss" in page
    assert seen.get(f"/groups/{losing.pk}/acknowledge").status_code == 403
    assert send(seen, losing).status_code == 403
    assert not LossAcknowledgement.objects.exists()


def test_a_stranger_is_sent_to_the_log_in_page(client: Client, losing: Group) -> None:
    assert send(client, losing)["Location"].startswith("/login")


def test_the_page_shows_what_is_gone_and_where(acting: Client, losing: Group) -> None:
    page = text_of(acting.get(f"/groups/{losing.pk}/acknowledge"))
    assert "40 records lost" in page
    for number in ("90", "100", "10", "40", "70", "30"):  # from, up to and how many
        assert f">{number}</td>" in page


def test_once_acknowledged_the_group_says_by_whom_and_why(acting: Client, losing: Group) -> None:
    answer = send(acting, losing, reason="<b>ticket 7")
    assert answer["Location"] == f"/groups/{losing.pk}"
    page = text_of(acting.get(answer["Location"]))
    assert "40 records lost: acknowledged. The status follows with the next samples." in page
    assert "operator acknowledged 40 lost records of orders" in page
    assert "&lt;b&gt;ticket 7" in page
    assert BUTTON not in page
    assert "An operator knows of those before 100." in page


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"reason": " "}, "Say why, for those who read of it later."),
        ({"reason": "x" * 2001}, "at most 2000 characters"),
        ({"seen": "0:0:100 0:2:70"}, "is acknowledged, or counts no more: look again."),
        ({"seen": "everything"}, "Look at what was lost, and send that page."),
        ({"seen": "1:2"}, "Look at what was lost, and send that page."),
        ({"seen": ""}, "Look at what was lost first."),
    ],
)
def test_a_refusal_keeps_what_was_typed_and_shows_what_is_lost_now(
    acting: Client, losing: Group, fields: dict[str, Any], told: str
) -> None:
    page = text_of(send(acting, losing, **fields))
    assert "Nothing was acknowledged." in page
    assert told in page
    assert f'name="seen" value="{seen_of(losing)}"' in page
    assert fields.get("reason", "ticket 7").strip() in page
    assert not LossAcknowledgement.objects.exists()


def test_only_what_the_page_showed_is_acknowledged(acting: Client, losing: Group) -> None:
    page = text_of(acting.get(f"/groups/{losing.pk}/acknowledge"))
    assert f'name="seen" value="{seen_of(losing)}"' in page
    send(acting, losing, seen=seen_of(losing).split()[0])
    page = text_of(acting.get(f"/groups/{losing.pk}"))
    assert "operator acknowledged 10 lost records of orders" in page
    assert BUTTON in page


def test_more_than_is_lost_is_refused(acting: Client, losing: Group) -> None:
    topic = losing.topics.get().topic_id
    page = text_of(send(acting, losing, seen=f"{topic}:0:101"))
    assert "lost records up to 100, not up to 101" in page
    assert text_of(acting.post(f"/groups/{losing.pk}/acknowledge")).count("Say why") == 1
    assert not LossAcknowledgement.objects.exists()


def test_the_newest_acknowledgements_come_first(acting: Client, losing: Group) -> None:
    send(acting, losing)
    topic = make_topic(losing.cluster, "audit")
    GroupTopic.objects.create(group=losing, topic=topic, partitions=losing.topics.get().partitions)
    send(acting, losing, seen=f"{topic.pk}:2:70", reason="later")
    page = text_of(acting.get(f"/groups/{losing.pk}"))
    assert page.index("records of audit") < page.index("records of orders")


@pytest.mark.parametrize(
    ("of_group", "of_cluster"),
    [({"status": Status.ABANDONED}, {}), ({}, {"is_enabled": False})],
)
def test_where_no_tick_would_heed_it_there_is_no_button(
    acting: Client, losing: Group, of_group: dict[str, Any], of_cluster: dict[str, Any]
) -> None:
    Group.objects.filter(pk=losing.pk).update(**{"status": Status.LOSING} | of_group)
    Cluster.objects.filter(pk=losing.cluster_id).update(**{"is_enabled": True} | of_cluster)
    assert BUTTON not in text_of(acting.get(f"/groups/{losing.pk}"))


def test_who_may_not_see_groups_may_not_acknowledge(
    client: Client, operator: User, losing: Group
) -> None:
    operator.groups.clear()
    operator.user_permissions.add(Permission.objects.get(codename="acknowledge_loss"))
    client.force_login(operator)
    assert send(client, losing).status_code == 403


def test_where_nothing_is_lost_the_page_says_so(acting: Client, losing: Group) -> None:
    send(acting, losing)
    page = text_of(acting.get(f"/groups/{losing.pk}/acknowledge"))
    assert "No lost record waits to be acknowledged" in page
    assert "<form" not in page.split("<main")[1]
    assert "is acknowledged, or counts no more: look again." in text_of(send(acting, losing))


def test_a_group_that_is_gone_has_no_such_page(acting: Client, losing: Group) -> None:
    Group.objects.update(gone_at=AT)
    assert acting.get(f"/groups/{losing.pk}/acknowledge").status_code == 404
    assert send(acting, losing).status_code == 404
    assert BUTTON not in text_of(acting.get(f"/groups/{losing.pk}"))
