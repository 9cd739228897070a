"""The replay pages: who may see and do what, and what the list and a plan tell."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from monitor.models import AuditEntry, Cluster, Replay
from tests.factories import make_cluster, make_group, make_replay

PLAN = {"summary": "90 records will be processed again.", "checks": ["Empty."], "command": "kcg"}


@pytest.fixture
def replay(cluster: Cluster) -> Replay:
    soon = timezone.now() + timedelta(minutes=10)
    asked = {"group": "billing", "to": "earliest"}
    return make_replay(cluster, plan=PLAN, request=asked, expires_at=soon)


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


@pytest.mark.parametrize("path", ["", "/new", "/{id}", "/{id}/csv"])
def test_a_stranger_is_sent_to_the_log_in_page(client: Client, replay: Replay, path: str) -> None:
    answer = client.get(f"/replays{path.format(id=replay.pk)}")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/login")


@pytest.mark.parametrize("step", ["run", "pause", "resume", "cancel"])
def test_a_stranger_changes_nothing(client: Client, replay: Replay, step: str) -> None:
    answer = client.post(f"/replays/{replay.pk}/{step}", {"plan_hash": replay.plan_hash})
    assert answer["Location"].startswith("/login")
    replay.refresh_from_db()
    assert replay.state == Replay.State.PLANNED


def test_a_viewer_looks_but_has_no_working_button(looking: Client, replay: Replay) -> None:
    page = text_of(looking.get(f"/replays/{replay.pk}"))
    assert "90 records will be processed again." in page
    assert "You lack monitor.run_replay" in page
    assert f"/replays/{replay.pk}/run" not in page
    assert f"/replays/{replay.pk}/cancel" not in page


@pytest.mark.parametrize("step", ["run", "pause", "resume", "cancel"])
def test_a_viewer_changes_nothing(looking: Client, replay: Replay, step: str) -> None:
    assert looking.post(f"/replays/{replay.pk}/{step}").status_code == 403
    replay.refresh_from_db()
    assert replay.state == Replay.State.PLANNED


def test_an_operator_sees_what_the_plan_will_do(acting: Client, replay: Replay) -> None:
    page = text_of(acting.get(f"/replays/{replay.pk}"))
    assert f'action="/replays/{replay.pk}/run"' in page
    assert replay.plan_hash in page
    assert "Discard" in page
    assert "to the log start" in page


@pytest.fixture
def blind_operator(operator: User) -> User:
    """One who may run replays, and not see records."""
    for role in operator.groups.all():
        role.permissions.remove(*role.permissions.filter(codename="browse_records"))
    return operator


@pytest.mark.parametrize(
    ("state", "working"),
    [("PLANNED", {"cancel"}), ("RUNNING", {"pause", "cancel"}), ("PAUSED", {"cancel"})],
)
def test_who_may_not_see_records_can_stop_their_copying_and_not_go_on(
    client: Client, blind_operator: User, cluster: Cluster, state: str, working: set[str]
) -> None:
    client.force_login(blind_operator)
    copy = make_replay(cluster, verb="republish", target_topic_name="b", state=state, plan=PLAN)
    page = text_of(client.get(f"/replays/{copy.pk}"))
    steps = {"run", "pause", "resume", "cancel"}
    assert {step for step in steps if f'action="/replays/{copy.pk}/{step}"' in page} == working
    for step in sorted(working, reverse=True):  # a paused one can still be cancelled
        assert client.post(f"/replays/{copy.pk}/{step}").status_code == 302


def test_without_its_token_a_step_is_refused(operator: User, replay: Replay) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(operator)
    assert strict.post(f"/replays/{replay.pk}/cancel").status_code == 403
    replay.refresh_from_db()
    assert replay.state == Replay.State.PLANNED


def test_another_plan_than_the_one_seen_is_not_run(acting: Client, replay: Replay) -> None:
    answer = acting.post(f"/replays/{replay.pk}/run", {"plan_hash": "f" * 64}, follow=True)
    assert "This is not the plan that you saw" in text_of(answer)
    replay.refresh_from_db()
    assert replay.state == Replay.State.PLANNED


def test_an_expired_plan_has_no_run_button_and_offers_a_new_plan(
    acting: Client, cluster: Cluster
) -> None:
    old = make_replay(cluster, plan=PLAN)
    page = text_of(acting.get(f"/replays/{old.pk}"))
    assert "The plan has expired: plan again." in page
    assert f"/replays/{old.pk}/run" not in page
    assert f"verb=rewind&amp;again={old.pk}" in page


def test_an_expired_plan_is_refused_with_its_reason(acting: Client, cluster: Cluster) -> None:
    old = make_replay(cluster, plan=PLAN)
    answer = acting.post(f"/replays/{old.pk}/run", {"plan_hash": old.plan_hash}, follow=True)
    assert "The plan has expired; plan again." in text_of(answer)


def test_a_discarded_plan_cannot_be_run(acting: Client, replay: Replay) -> None:
    acting.post(f"/replays/{replay.pk}/cancel")
    answer = acting.post(f"/replays/{replay.pk}/run", {"plan_hash": replay.plan_hash}, follow=True)
    assert "A replay that is CANCELLED cannot be run." in text_of(answer)
    replay.refresh_from_db()
    assert replay.state == Replay.State.CANCELLED


def test_a_second_press_of_pause_is_refused_and_leaves_one_audit_row(
    acting: Client, cluster: Cluster
) -> None:
    run = make_replay(
        cluster,
        verb="republish",
        group_name="",
        target_topic_name="orders",
        state=Replay.State.RUNNING,
    )
    acting.post(f"/replays/{run.pk}/pause")
    answer = acting.post(f"/replays/{run.pk}/pause", follow=True)
    assert "A replay that is PAUSED cannot be paused." in text_of(answer)
    assert AuditEntry.objects.filter(replay_id=run.pk, action="replay.paused").count() == 1


@pytest.mark.parametrize("path", ["/replays/999999", "/replays/1/fly", "/replays/new?verb=fly"])
def test_what_is_not_there_is_a_404(acting: Client, path: str) -> None:
    answer = acting.post(path) if path.endswith("/fly") else acting.get(path)
    assert answer.status_code == 404


def test_a_plan_is_not_run_by_following_a_link(acting: Client, replay: Replay) -> None:
    assert acting.get(f"/replays/{replay.pk}/run").status_code == 405


def test_the_list_is_filtered_by_state_and_verb(acting: Client, replay: Replay) -> None:
    assert f"/replays/{replay.pk}" in text_of(acting.get("/replays?state=PLANNED&verb=rewind"))
    assert "No replay like that" in text_of(acting.get("/replays?state=FAILED"))
    assert "No replay like that" in text_of(acting.get("/replays?verb=republish"))


def test_the_list_is_of_all_clusters_or_of_one(acting: Client, replay: Replay) -> None:
    other = make_cluster("stage")
    assert f"/replays/{replay.pk}" in text_of(acting.get("/replays"))
    assert f"/replays/{replay.pk}" in text_of(acting.get(f"/replays?cluster={replay.cluster_id}"))
    assert "No replay like that" in text_of(acting.get(f"/replays?cluster={other.pk}"))
    assert acting.get("/replays?cluster=999999").status_code == 404


def test_a_long_list_is_paged(acting: Client, cluster: Cluster) -> None:
    for _ in range(51):
        make_replay(cluster, state=Replay.State.EXPIRED)
    oldest = Replay.objects.earliest("pk")
    assert "1 to 50 of 51" in text_of(acting.get("/replays"))
    assert f'href="/replays/{oldest.pk}"' in text_of(acting.get("/replays?page=2"))


def test_without_a_replay_the_list_says_what_one_is(acting: Client, cluster: Cluster) -> None:
    assert "No replay yet" in text_of(acting.get("/replays"))


def test_a_hostile_name_is_shown_and_runs_nothing(acting: Client, cluster: Cluster) -> None:
    replay = make_replay(cluster, group_name="<script>alert(1)</script>", plan=PLAN)
    for path in ("/replays", f"/replays/{replay.pk}"):
        page = text_of(acting.get(path))
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "<script>alert(1)" not in page


def test_the_plan_leads_to_its_group(acting: Client, replay: Replay) -> None:
    group = make_group(replay.cluster)
    assert f'href="/groups/{group.pk}"' in text_of(acting.get(f"/replays/{replay.pk}"))


def test_a_failed_run_says_why(looking: Client, cluster: Cluster) -> None:
    sentence = "The offsets of group billing were overwritten after the rewind."
    failed = make_replay(cluster, state=Replay.State.FAILED, error=sentence, plan=PLAN)
    assert sentence in text_of(looking.get(f"/replays/{failed.pk}"))


def test_the_plan_goes_out_as_a_file_for_kafkas_tool(looking: Client, replay: Replay) -> None:
    assert text_of(looking.get(f"/replays/{replay.pk}/csv")).split() == ["orders,0,10"]
