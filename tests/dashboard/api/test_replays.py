from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from monitor.models import AuditEntry, Cluster, Replay
from tests.factories import make_cluster, make_replay

pytestmark = pytest.mark.django_db
LIST = "/api/v1/replays"
State = Replay.State


def post(client: Client, path: str, **body: Any) -> Any:
    return client.post(f"{LIST}/{path}", body, content_type="application/json")


@pytest.fixture
def cluster() -> Cluster:
    return make_cluster()


def test_replays_are_newest_first_and_filtered(as_viewer: Client, cluster: Cluster) -> None:
    made = [make_replay(cluster, state=state).pk for state in (State.FAILED, State.CANCELLED)]
    make_replay(cluster)
    found = as_viewer.get(LIST, {"state": ["FAILED", "CANCELLED"], "group": "billing"}).json()
    assert [item["id"] for item in found["items"]] == made[::-1]


def test_a_replay_comes_with_its_plan_by_partition(as_viewer: Client, cluster: Cluster) -> None:
    replay = make_replay(cluster, plan={"summary": "90 records"}, request={"to": "offset"})
    shown = as_viewer.get(f"{LIST}/{replay.pk}").json()
    assert shown["replay"]["records_total"] == 90
    assert shown["plan"]["summary"] == "90 records"
    [row] = shown["partitions"]
    assert (row["topic"], row["before"], row["after"]) == ("orders", 100, 10)


def test_seconds_left_follow_from_the_rate(as_viewer: Client, cluster: Cluster) -> None:
    replay = make_replay(cluster, state=State.RUNNING, records_done=30, records_per_second=2.0)
    assert as_viewer.get(f"{LIST}/{replay.pk}").json()["replay"]["seconds_left"] == 30.0


@pytest.mark.parametrize("step", ["", "/run", "/pause", "/resume", "/cancel"])
def test_an_unknown_replay_is_a_problem(as_operator: Client, step: str) -> None:
    response = (
        post(as_operator, f"7{step}", plan_hash="0") if step else as_operator.get(f"{LIST}/7")
    )
    assert (response.status_code, response.json()["detail"]) == (404, "There is no replay 7.")


def test_an_operator_cancels_a_plan_and_the_trail_says_who(
    as_operator: Client, operator: User, cluster: Cluster
) -> None:
    replay = make_replay(cluster)
    assert post(as_operator, f"{replay.pk}/cancel").json()["state"] == "CANCELLED"
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.actor_id, entry.via) == ("operator", operator.pk, "api")


@pytest.mark.parametrize("step", ["run", "pause", "resume", "cancel"])
def test_viewers_and_strangers_take_no_step(
    as_viewer: Client, as_stranger: Client, cluster: Cluster, step: str
) -> None:
    replay = make_replay(cluster)
    assert post(as_viewer, f"{replay.pk}/{step}", plan_hash="0").status_code == 403
    assert post(as_stranger, f"{replay.pk}/{step}", plan_hash="0").status_code == 401
    assert Replay.objects.get().state == State.PLANNED


@pytest.mark.parametrize("step", ["run", "pause", "resume", "cancel"])
def test_a_read_token_takes_no_step(
    operator: User, with_token: Callable[..., Client], cluster: Cluster, step: str
) -> None:
    replay = make_replay(cluster)
    client = with_token(operator, "read")
    assert client.get(f"{LIST}/{replay.pk}").status_code == 200
    assert post(client, f"{replay.pk}/{step}", plan_hash="0").status_code == 403


def test_an_operate_token_acts_as_its_owner(
    operator: User, with_token: Callable[..., Client], cluster: Cluster
) -> None:
    replay = make_replay(cluster)
    assert post(with_token(operator, "operate"), f"{replay.pk}/cancel").status_code == 200
    assert AuditEntry.objects.get().actor == "operator"


def test_a_step_that_the_state_forbids_is_a_conflict(as_operator: Client, cluster: Cluster) -> None:
    replay = make_replay(cluster, state=State.SUCCEEDED)
    response = post(as_operator, f"{replay.pk}/cancel")
    assert response.status_code == 409
    assert response.json()["type"] == "urn:highwater:move-not-allowed"


def test_a_run_of_another_plan_than_the_seen_one_is_a_conflict(
    as_operator: Client, cluster: Cluster
) -> None:
    replay = make_replay(cluster, expires_at=timezone.now() + timedelta(minutes=5))
    response = post(as_operator, f"{replay.pk}/run", plan_hash="1" * 64)
    assert (response.status_code, response.json()["type"]) == (409, "urn:highwater:stale-plan")
    assert Replay.objects.get().state == State.PLANNED


@pytest.mark.parametrize("step", ["run", "resume"])
def test_a_republish_to_another_topic_needs_the_right_to_see_records(
    as_operator: Client, operator: User, cluster: Cluster, step: str
) -> None:
    replay = make_replay(
        cluster, verb="republish", target_topic_name="copies", state=State.SUCCEEDED
    )
    response = post(as_operator, f"{replay.pk}/{step}", plan_hash="0")
    assert response.status_code == 403 and "browse_records" in response.json()["detail"]
    operator.user_permissions.add(Permission.objects.get(codename="browse_records"))
    assert post(as_operator, f"{replay.pk}/{step}", plan_hash="0").status_code == 409


REWIND = {"group": "billing", "to": "earliest", "reason": "a bad release"}
REPUBLISH = {"topic": "orders", "reason": "a bad release"}


@pytest.mark.parametrize(
    ("verb", "wrong", "says"),
    [
        ("rewind", {"to": "sideways"}, "'earliest'"),
        ("rewind", {"reason": ""}, "body.reason"),
        ("rewind", {"reason": " \t\n"}, "body.reason"),
        ("republish", {"reason": "\x1c\u3000"}, "body.reason"),
        ("rewind", {"group": ""}, "Name the group"),
        ("rewind", {"group": "a\0b"}, "NUL"),
        ("rewind", {"group": "\ud800"}, "body.group"),
        ("rewind", {"to": "offset"}, "takes offset"),
        ("rewind", {"to": "offset", "offset": -1}, "body.offset"),
        ("rewind", {"to": "offset", "offset": 2**63}, "body.offset"),
        ("rewind", {"to": "datetime", "at": "yesterday"}, "not a time"),
        ("rewind", {"topics": {"orders": [-1]}}, "body.topics.orders.0"),
        ("rewind", {"topics": {"__consumer_offsets": []}}, "internal topic"),
        ("rewind", {"colour": "red"}, "body.colour"),
        ("republish", {"rate_limit_per_second": -5}, "body.rate_limit_per_second"),
        ("republish", {"from_offset": 9, "to_offset": 3}, "ends before it begins"),
        ("republish", {"from_offset": 9, "from_time": "2026-03-01"}, "not both"),
        ("republish", {"topic": ""}, "Name the topic"),
        ("republish", {"topic": ""}, "body.topic: "),
        ("rewind", {"to": "datetime", "at": "yesterday"}, "body.at: "),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(
    as_operator: Client, cluster: Cluster, verb: str, wrong: dict[str, Any], says: str
) -> None:
    asked = {"rewind": REWIND, "republish": REPUBLISH}[verb]
    response = post(as_operator, verb, cluster_id=cluster.pk, **asked | wrong)
    assert (response.status_code, says in response.json()["detail"]) == (422, True), response.json()
    assert not Replay.objects.exists()


@pytest.mark.parametrize(("verb", "asked"), [("rewind", REWIND), ("republish", REPUBLISH)])
def test_only_operators_plan(
    as_viewer: Client, as_stranger: Client, cluster: Cluster, verb: str, asked: dict[str, Any]
) -> None:
    assert post(as_viewer, verb, cluster_id=cluster.pk, **asked).status_code == 403
    assert post(as_stranger, verb, cluster_id=cluster.pk, **asked).status_code == 401


def test_a_plan_for_an_unknown_cluster_is_a_problem(as_operator: Client) -> None:
    response = post(as_operator, "rewind", cluster_id=7, **REWIND)
    assert (response.status_code, response.json()["detail"]) == (404, "There is no cluster 7.")
