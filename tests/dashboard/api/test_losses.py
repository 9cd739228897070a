from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from monitor.models import AuditEntry, Group, LossAcknowledgement
from tests.factories import make_cluster, make_losing_group

KNOWN = {"lost_records": 40, "reason": "ticket 7"}


@pytest.fixture
def losing(db: None) -> Group:
    return make_losing_group(make_cluster())


def post(client: Client, group: Group, body: dict[str, Any]) -> Any:
    path = f"/api/v1/groups/{group.pk}/acknowledge-losses"
    return client.post(path, body, content_type="application/json")


def test_an_operator_acknowledges_what_was_seen(as_operator: Client, losing: Group) -> None:
    answer = post(as_operator, losing, KNOWN)
    assert answer.status_code == 200
    found = answer.json()
    assert (found["group_id"], found["lost_records"]) == (losing.pk, 40)
    assert [one["acknowledged_to"] for one in found["partitions"]] == [100, 70]
    assert AuditEntry.objects.get().via == "api"


def test_the_group_tells_of_it(as_operator: Client, losing: Group) -> None:
    before = as_operator.get(f"/api/v1/groups/{losing.pk}").json()
    assert before["group"]["lost_records"] == 40
    assert before["topics"][0]["acknowledgement"] is None
    post(as_operator, losing, KNOWN)
    [topic] = as_operator.get(f"/api/v1/groups/{losing.pk}").json()["topics"]
    assert topic["acknowledgement"]["reason"] == "ticket 7"
    assert [one["acknowledged_to"] for one in topic["partitions"]] == [100, None, 70]


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"lost_records": 40}, ["body", "reason"]),
        ({"lost_records": 40, "reason": " "}, ["body", "reason"]),
        ({"lost_records": 0, "reason": "why"}, ["body", "lost_records"]),
        ({"reason": "why"}, ["body", "lost_records"]),
        ({**KNOWN, "all": True}, ["body", "all"]),
        ({"lost_records": 40, "reason": "\0"}, ["body", "reason"]),
    ],
)
def test_a_body_that_is_wrong_says_where(
    as_operator: Client, losing: Group, body: dict[str, Any], place: list[str]
) -> None:
    answer = post(as_operator, losing, body)
    assert answer.status_code == 422
    assert [one["loc"] for one in answer.json()["errors"]] == [place]
    assert not LossAcknowledgement.objects.exists()


def test_more_than_was_seen_is_a_conflict(as_operator: Client, losing: Group) -> None:
    answer = post(as_operator, losing, {**KNOWN, "lost_records": 39})
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:highwater:acknowledgement-refused"
    assert "By now 40 records" in answer.json()["detail"]


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
