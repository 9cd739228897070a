"""Lost records on a group's page, and the page that acknowledges them."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from monitor.models import Cluster, Group, LossAcknowledgement
from tests.factories import AT, make_losing_group

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


def send(client: Client, group: Group, **fields: Any) -> Any:
    fields = {"lost_records": 40, "reason": "ticket 7"} | fields
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
    for number in ("90", "100", "10", "40", "70", "30"):
        assert f">{number}</td>" in page


def test_once_acknowledged_the_group_says_by_whom_and_why(acting: Client, losing: Group) -> None:
    answer = send(acting, losing, reason="<b>ticket 7")
    assert answer["Location"] == f"/groups/{losing.pk}"
    page = text_of(acting.get(answer["Location"]))
    assert "40 records lost: acknowledged. The status follows with the next samples." in page
    assert "Lost records were acknowledged by operator" in page
    assert "&lt;b&gt;ticket 7" in page
    assert BUTTON not in page
    assert "An operator has acknowledged that." in page


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"reason": " "}, "Say why, for those who read of it later."),
        ({"lost_records": 39}, "By now 40 records of group billing are lost"),
        ({"lost_records": "many"}, "Enter a whole number."),
        ({"lost_records": ""}, "This field is required."),
    ],
)
def test_a_refusal_keeps_what_was_typed_and_asks_with_the_new_number(
    acting: Client, losing: Group, fields: dict[str, Any], told: str
) -> None:
    page = text_of(send(acting, losing, **fields))
    assert "Nothing was acknowledged." in page
    assert told in page
    assert 'name="lost_records" value="40"' in page
    assert fields.get("reason", "ticket 7").strip() in page
    assert not LossAcknowledgement.objects.exists()


def test_where_nothing_is_lost_the_page_says_so(acting: Client, losing: Group) -> None:
    send(acting, losing)
    page = text_of(acting.get(f"/groups/{losing.pk}/acknowledge"))
    assert "No lost record waits to be acknowledged" in page
    assert "<form" not in page.split("<main")[1]
    assert "No lost record of group billing waits" in text_of(send(acting, losing))


def test_a_group_that_is_gone_has_no_such_page(acting: Client, losing: Group) -> None:
    Group.objects.update(gone_at=AT)
    assert acting.get(f"/groups/{losing.pk}/acknowledge").status_code == 404
    assert BUTTON not in text_of(acting.get(f"/groups/{losing.pk}"))
