from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from monitor.models import AuditEntry, Group, LossAcknowledgement
from tests.factories import AT, make_cluster, make_losing_group

SEEN = [{"partition": 0, "lost_to": 100}, {"partition": 2, "lost_to": 70}]
KNOWN = {"partitions": SEEN, "reason": "ticket 7"}


@pytest.fixture
def losing(db: None) -> Group:
    return make_losing_group(make_cluster())


def post(client: Client, group: Group, body: dict[str, Any]) -> Any:
    """Partitions are of the one topic that the group reads."""
    path, topic_id = f"/api/v1/groups/{group.pk}/acknowledge-losses", group.topics.get().topic_id
    if "partitions" in body:
        seen = [{"topic_id": topic_id, **one} for one in body["partitions"]]
        body = {**body, "partitions": seen}
    return client.post(path, body, content_type="application/json")


def test_an_operator_acknowledges_what_was_seen(as_operator: Client, losing: Group) -> None:
    answer = post(as_operator, losing, KNOWN)
    assert answer.status_code == 200
    found = answer.json()
    assert (found["group_id"], found["lost_records"]) == (losing.pk, 40)
    assert [one["lost_to"] for one in found["partitions"]] == [100, 70]
    assert AuditEntry.objects.get().via == "api"


def test_the_group_tells_of_it(as_operator: Client, losing: Group) -> None:
    before = as_operator.get(f"/api/v1/groups/{losing.pk}").json()
    assert before["group"]["lost_records"] == 40
    [topic] = before["topics"]
    assert topic["acknowledgement"] is None
    assert [(one["lost_from"], one["lost_to"]) for one in topic["partitions"]] == [
        (90, 100),
        (None, None),
        (40, 70),
    ]
    post(as_operator, losing, KNOWN)
    [topic] = as_operator.get(f"/api/v1/groups/{losing.pk}").json()["topics"]
    assert topic["acknowledgement"]["reason"] == "ticket 7"
    assert topic["acknowledgement"]["lost_records"] == 40
    assert [one["acknowledged_to"] for one in topic["partitions"]] == [100, None, 70]


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"partitions": SEEN}, ["body", "reason"]),
        ({**KNOWN, "reason": " "}, ["body", "reason"]),
        ({**KNOWN, "reason": "\0"}, ["body", "reason"]),
        ({**KNOWN, "reason": "x" * 2001}, ["body", "reason"]),
        ({**KNOWN, "partitions": []}, ["body", "partitions"]),
        ({"reason": "why"}, ["body", "partitions"]),
        (
            {**KNOWN, "partitions": [{**SEEN[0], "lost_to": -1}]},
            ["body", "partitions", "0", "lost_to"],
        ),
        ({**KNOWN, "all": True}, ["body", "all"]),
    ],
)
def test_a_body_that_is_wrong_says_where(
    as_operator: Client, losing: Group, body: dict[str, Any], place: list[str]
) -> None:
    answer = post(as_operator, losing, body)
    assert answer.status_code == 422
    assert [one["loc"] for one in answer.json()["errors"]] == [place]
    assert not LossAcknowledgement.objects.exists()


def test_what_is_not_lost_is_a_conflict(as_operator: Client, losing: Group) -> None:
    answer = post(as_operator, losing, {**KNOWN, "partitions": [{**SEEN[0], "lost_to": 101}]})
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:highwater:acknowledgement-refused"
    assert "lost records up to 100, not up to 101" in answer.json()["detail"]


def test_a_group_that_is_gone_is_not_found(as_operator: Client, losing: Group) -> None:
    Group.objects.update(gone_at=AT)
    assert post(as_operator, losing, KNOWN).status_code == 404


def test_who_may_not_see_groups_may_not_acknowledge(
    client: Client, operator: User, losing: Group
) -> None:
    operator.groups.clear()
    operator.user_permissions.add(Permission.objects.get(codename="acknowledge_loss"))
    client.force_login(operator)
    assert post(client, losing, KNOWN).status_code == 403


def test_who_may_not_changes_nothing(
    as_viewer: Client,
    as_stranger: Client,
    with_token: Callable[..., Client],
    operator: User,
    losing: Group,
) -> None:
    assert post(as_viewer, losing, KNOWN).status_code == 403
    assert post(as_stranger, losing, KNOWN).status_code == 401
    assert post(with_token(operator), losing, KNOWN).status_code == 403
    assert not LossAcknowledgement.objects.exists()
    assert post(with_token(operator, "operate"), losing, KNOWN).status_code == 200
