from datetime import timedelta

import pytest
from django.test import Client

from monitor.models import StatusChange
from monitor.values import Status
from tests.factories import AT, make_change, make_cluster, make_group, make_outbox

pytestmark = pytest.mark.django_db
LIST = "/api/v1/status-changes"


def test_changes_are_newest_first_and_name_their_subject(as_viewer: Client) -> None:
    group = make_group(make_cluster())
    make_change(group, Status.WARN, at=AT - timedelta(minutes=1))
    StatusChange.objects.create(at=AT, source=make_outbox(), before="OK", after="WARN")
    StatusChange.objects.create(
        at=AT + timedelta(minutes=1), cluster=group.cluster, after="UNREACHABLE"
    )
    items = as_viewer.get(LIST).json()["items"]
    assert [item["name"] for item in items] == ["prod-eu", "shop", "billing"]
    assert (items[2]["group_id"], items[2]["outbox_id"]) == (group.pk, None)


def test_changes_are_cut_to_a_range(as_viewer: Client) -> None:
    group = make_group(make_cluster())
    for minutes in range(3):
        make_change(group, Status.WARN, at=AT + timedelta(minutes=minutes))
    span = {"group_id": str(group.pk), "from": "2026-03-01T12:01:00Z", "to": "2026-03-01T12:01:30Z"}
    assert [item["at"] for item in as_viewer.get(LIST, span).json()["items"]] == [
        "2026-03-01T12:01:00Z"
    ]


def test_pages_follow_each_other(as_viewer: Client) -> None:
    group = make_group(make_cluster())
    made = [make_change(group, Status.WARN).pk for _number in range(3)]
    first = as_viewer.get(LIST, {"limit": 2}).json()
    rest = as_viewer.get(first["next"]).json()
    assert [item["id"] for item in first["items"] + rest["items"]] == made[::-1]


def test_a_range_that_ends_before_it_begins_is_refused(as_viewer: Client) -> None:
    span = {"from": "2026-03-01T13:00:00Z", "to": "2026-03-01T12:00:00Z"}
    assert as_viewer.get(LIST, span).status_code == 422


def test_strangers_are_refused(as_stranger: Client) -> None:
    assert as_stranger.get(LIST).status_code == 401
