"""The replay pages: who may see and do what, and what a bad form says."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from monitor.models import Cluster, Group, Replay
from tests.factories import make_replay, make_topic

PLAN = {"summary": "90 records will be processed again.", "checks": ["Empty."], "command": "kcg"}


@pytest.fixture
def replay(cluster: Cluster) -> Replay:
    return make_replay(cluster, plan=PLAN, request={"group": "billing", "to": "earliest"})


@pytest.fixture
def acting(client: Client, operator: User) -> Client:
    client.force_login(operator)
    return client


@pytest.fixture
def looking(client: Client, viewer: User) -> Client:
    client.force_login(viewer)
    return client


def text_of(response: Any) -> str:
    page: str = response.content.decode()
    return page


def rewind_form(cluster: Cluster, **fields: str) -> dict[str, str]:
    return {
        "cluster": str(cluster.pk),
        "group": "billing",
        "to": "earliest",
        "reason": "x",
    } | fields


@pytest.mark.parametrize("path", ["", "/new", "/{id}", "/{id}/csv"])
def test_a_stranger_is_sent_to_the_log_in_page(client: Client, replay: Replay, path: str) -> None:
    answer = client.get(f"/replays{path.format(id=replay.pk)}")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/login")


def test_a_viewer_looks_but_has_no_working_button(looking: Client, replay: Replay) -> None:
    page = text_of(looking.get(f"/replays/{replay.pk}"))
    assert "90 records will be processed again." in page
    assert "You lack monitor.run_replay" in page
    assert f"/replays/{replay.pk}/run" not in page


@pytest.mark.parametrize("step", ["run", "pause", "resume", "cancel"])
def test_a_viewer_changes_nothing(looking: Client, replay: Replay, step: str) -> None:
    assert looking.post(f"/replays/{replay.pk}/{step}").status_code == 403
    replay.refresh_from_db()
    assert replay.state == Replay.State.PLANNED


def test_a_viewer_may_not_plan(looking: Client, cluster: Cluster) -> None:
    assert looking.get("/replays/new").status_code == 403
    assert looking.post("/replays/new?verb=rewind", rewind_form(cluster)).status_code == 403


def test_an_operator_sees_what_the_plan_will_do(acting: Client, replay: Replay) -> None:
    page = text_of(acting.get(f"/replays/{replay.pk}"))
    assert f'action="/replays/{replay.pk}/run"' in page
    assert replay.plan_hash in page
    assert "Discard" in page


def test_an_expired_plan_is_refused_with_its_reason(acting: Client, replay: Replay) -> None:
    answer = acting.post(f"/replays/{replay.pk}/run", {"plan_hash": replay.plan_hash}, follow=True)
    assert "The plan has expired; plan again." in text_of(answer)


def test_a_discarded_plan_cannot_be_run(acting: Client, replay: Replay) -> None:
    acting.post(f"/replays/{replay.pk}/cancel")
    answer = acting.post(f"/replays/{replay.pk}/run", {"plan_hash": replay.plan_hash}, follow=True)
    assert "cancelled" in text_of(answer).lower()
    replay.refresh_from_db()
    assert replay.state == Replay.State.CANCELLED


@pytest.mark.parametrize("path", ["/replays/999999", "/replays/1/fly", "/replays/new?verb=fly"])
def test_what_is_not_there_is_a_404(acting: Client, path: str) -> None:
    answer = acting.post(path) if path.endswith("/fly") else acting.get(path)
    assert answer.status_code == 404


def test_a_plan_is_not_run_by_following_a_link(acting: Client, replay: Replay) -> None:
    assert acting.get(f"/replays/{replay.pk}/run").status_code == 405


def test_the_form_is_filled_in_from_the_groups_page(acting: Client, billing: Group) -> None:
    page = text_of(acting.get(f"/replays/new?verb=rewind&group={billing.pk}"))
    assert 'name="group" value="billing"' in page


def test_the_form_is_filled_in_from_a_topic(acting: Client, cluster: Cluster) -> None:
    topic = make_topic(cluster, "payments")
    page = text_of(acting.get(f"/replays/new?verb=republish&topic={topic.pk}"))
    assert 'name="topic" value="payments"' in page


def test_a_plan_is_made_again_from_what_was_typed(acting: Client, cluster: Cluster) -> None:
    asked = {"group": "billing", "to": "offset", "offset": 7, "topics": {"orders": [0, 2]}}
    former = make_replay(cluster, request=asked)
    page = text_of(acting.get(f"/replays/new?verb=rewind&again={former.pk}"))
    assert 'value="orders:0,2"' in page
    assert 'name="offset" value="7"' in page


@pytest.mark.parametrize(
    "wrong", ["group=x", "group=999999", "topic=9999999999999999999", "again=-1"]
)
def test_a_wrong_deep_link_leaves_the_form_empty(
    acting: Client, cluster: Cluster, wrong: str
) -> None:
    assert acting.get(f"/replays/new?verb=rewind&{wrong}").status_code == 200


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"to": "offset"}, "takes offset"),
        ({"reason": ""}, "This field is required"),
        ({"to": "datetime", "at": "yesterday"}, "is not a time"),
        ({"topics": "orders:x"}, "is not a list of partitions"),
    ],
)
def test_a_bad_form_says_what_to_change_and_keeps_what_was_typed(
    acting: Client, cluster: Cluster, fields: dict[str, str], sentence: str
) -> None:
    page = text_of(acting.post("/replays/new?verb=rewind", rewind_form(cluster, **fields)))
    assert sentence in page
    assert 'value="billing"' in page
    assert not Replay.objects.exists()


def test_the_list_is_filtered_by_state_and_verb(acting: Client, replay: Replay) -> None:
    assert f"/replays/{replay.pk}" in text_of(acting.get("/replays?state=PLANNED&verb=rewind"))
    assert "No replay like that" in text_of(acting.get("/replays?state=FAILED"))
    assert "No replay like that" in text_of(acting.get("/replays?verb=republish"))


def test_without_a_replay_the_list_says_what_one_is(acting: Client, cluster: Cluster) -> None:
    assert "No replay yet" in text_of(acting.get("/replays"))


def test_the_plan_goes_out_as_a_file_for_kafkas_tool(looking: Client, replay: Replay) -> None:
    assert text_of(looking.get(f"/replays/{replay.pk}/csv")).split() == ["orders,0,10"]
