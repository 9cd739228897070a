"""Planning and running replays in the admin, and reading the audit trail there."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from highwater_events.broker.base import OutgoingRecord, TopicPartition
from monitor.models import AuditEntry, Cluster, Replay
from tests.contracts.replay_worlds import KafkaWorld
from tests.factories import make_cluster, make_replay

pytestmark = pytest.mark.django_db
LIST = "/admin/monitor/replay/"
PLAN = {
    "summary": "90 records will be processed again.",
    "checks": ["Group billing is Empty."],
    "warnings": ["Keep consumers stopped."],
    "guarantee": "",
    "counted": True,
    "command": "kafka-consumer-groups.sh --group billing",
}


@pytest.fixture
def anna(client: Client, operator: User) -> User:
    client.force_login(operator)
    return operator


@pytest.fixture
def replay() -> Replay:
    return make_replay(make_cluster(), plan=PLAN)


@pytest.fixture
def world(bootstrap_servers: str) -> Iterator[KafkaWorld]:
    opened = KafkaWorld(bootstrap_servers)
    yield opened
    opened.close()


@pytest.fixture
def kafka(world: KafkaWorld, unique: str, bootstrap_servers: str) -> Cluster:
    """A cluster with four orders, all read by the stopped group of the same name."""
    topic = f"replay-{unique}"
    world.create_topic(topic, 1)
    world.write([OutgoingRecord(topic, None, b"v", partition=0) for _ in range(4)])
    world.offsets.alter(topic, {TopicPartition(topic, 0): 4})
    return Cluster.objects.create(name=topic, bootstrap_servers=bootstrap_servers)


def allow(user: User, codename: str) -> None:
    user.user_permissions.add(Permission.objects.get(codename=codename))


def rewind_form(cluster: Cluster, **fields: str) -> dict[str, str]:
    form = {"cluster": str(cluster.pk), "group": cluster.name, "to": "earliest"}
    return {**form, "reason": "a bad release", "topics": "", "confirm_stopped": ""} | fields


def republish_form(cluster: Cluster, **fields: str) -> dict[str, str]:
    form = {"cluster": str(cluster.pk), "topic": cluster.name, "reason": "lost"}
    return {**form, "partitioning": "keep", "timestamps": "keep"} | fields


def text_of(response: Any) -> str:
    """The page; the test client's own type of responses has no public name."""
    page: str = response.content.decode()
    return page


@pytest.mark.apache_kafka
def test_an_operator_plans_and_runs_a_rewind(client: Client, anna: User, kafka: Cluster) -> None:
    answer = client.post(f"{LIST}plan/rewind/", rewind_form(kafka), follow=True)
    page = text_of(answer)
    assert "4 records will be processed again; 0 skipped, on 1 partition" in page
    assert "--all-topics --to-earliest --execute" in page
    made = Replay.objects.get()
    run = client.post(f"{LIST}{made.pk}/run/", {"plan_hash": made.plan_hash}, follow=True)
    assert f"Replay {made.pk} is running" in text_of(run)
    assert '<meta http-equiv="refresh"' in text_of(run)
    actors = AuditEntry.objects.values_list("action", "actor", "actor_id", "via").order_by("id")
    assert list(actors) == [
        ("replay.planned", "operator", anna.pk, "admin"),
        ("replay.run", "operator", anna.pk, "admin"),
    ]


@pytest.mark.apache_kafka
def test_a_stale_plan_is_refused_with_what_moved(
    client: Client, anna: User, kafka: Cluster, world: KafkaWorld
) -> None:
    client.post(f"{LIST}plan/rewind/", rewind_form(kafka))
    made = Replay.objects.get()
    world.offsets.alter(kafka.name, {TopicPartition(kafka.name, 0): 2})
    run = client.post(f"{LIST}{made.pk}/run/", {"plan_hash": made.plan_hash}, follow=True)
    assert "the committed offset was 4 and is 2" in text_of(run)
    made.refresh_from_db()
    assert made.state == Replay.State.PLANNED


@pytest.mark.apache_kafka
def test_an_operator_plans_a_republish_to_the_same_topic(
    client: Client, anna: User, kafka: Cluster
) -> None:
    answer = client.post(f"{LIST}plan/republish/", republish_form(kafka), follow=True)
    assert "4 records of" in text_of(answer)
    assert "exactly once" in text_of(answer)


def test_copying_to_another_topic_needs_the_right_to_see_records(
    client: Client, anna: User
) -> None:
    form = republish_form(make_cluster(), target="elsewhere")
    assert client.post(f"{LIST}plan/republish/", form).status_code == 403
    assert not Replay.objects.exists()


@pytest.mark.parametrize(
    ("verb", "fields", "sentence"),
    [
        ("rewind", {"to": "offset"}, "Say which offset."),
        ("rewind", {"topics": "orders:x"}, "is not a list of partitions"),
        ("rewind", {"reason": ""}, "This field is required"),
        ("rewind", {"reason": " \t\n\x1c\u3000"}, "This field is required"),
        ("republish", {"rate_limit_per_second": "-1"}, "above zero"),
        ("republish", {"from_offset": "5", "to_offset": "4"}, "ends before it begins"),
        ("republish", {"partitions": "a"}, "is not a list of partitions"),
        ("republish", {"topic": "__consumer_offsets"}, "internal topic"),
    ],
)
def test_what_is_wrong_is_said_at_the_form(
    client: Client, anna: User, verb: str, fields: dict[str, str], sentence: str
) -> None:
    make_form = rewind_form if verb == "rewind" else republish_form
    page = client.post(f"{LIST}plan/{verb}/", make_form(make_cluster(), **fields))
    assert sentence in text_of(page)
    assert not Replay.objects.exists()


@pytest.mark.apache_kafka
def test_what_the_cluster_refuses_is_said_at_the_form(
    client: Client, anna: User, kafka: Cluster
) -> None:
    form = rewind_form(kafka, group="nobody")
    page = text_of(client.post(f"{LIST}plan/rewind/", form))
    assert "The cluster has no group nobody." in page


def test_the_page_shows_partitions_checks_and_buttons(
    client: Client, anna: User, replay: Replay
) -> None:
    page = text_of(client.get(f"{LIST}{replay.pk}/change/"))
    for words in ("Keep consumers stopped.", "Group billing is Empty.", "-90", 'value="Run"'):
        assert words in page
    assert "style=" not in page
    assert 'value="Pause"' not in page


def test_a_link_can_fill_in_the_form(client: Client, anna: User) -> None:
    page = text_of(client.get(f"{LIST}plan/rewind/?group=billing&to=offset"))
    assert 'value="billing"' in page
    assert '<option value="offset" selected>' in page


def test_a_running_republish_is_paused_resumed_and_cancelled(client: Client, anna: User) -> None:
    replay = make_replay(
        make_cluster(), plan=PLAN, state=Replay.State.RUNNING, verb=Replay.Verb.REPUBLISH,
        target_topic_name="orders",
    )  # fmt: skip
    for step, state in (("pause", "PAUSED"), ("resume", "RUNNING"), ("cancel", "CANCELLED")):
        client.post(f"{LIST}{replay.pk}/{step}/")
        replay.refresh_from_db()
        assert replay.state == state


def test_whoever_may_not_see_records_pauses_a_copy_to_another_topic_but_does_not_resume_it(
    client: Client, anna: User
) -> None:
    replay = make_replay(
        make_cluster(), plan=PLAN, state=Replay.State.RUNNING, verb=Replay.Verb.REPUBLISH,
        target_topic_name="copies",
    )  # fmt: skip
    answers = [client.post(f"{LIST}{replay.pk}/{step}/") for step in ("pause", "resume", "cancel")]
    assert [answer.status_code for answer in answers] == [302, 403, 302]


def test_a_step_that_the_state_forbids_is_a_message(
    client: Client, anna: User, replay: Replay
) -> None:
    page = client.post(f"{LIST}{replay.pk}/resume/", follow=True)
    assert "A replay that is PLANNED cannot be resumed." in text_of(page)


def test_steps_are_posts_of_known_words(client: Client, anna: User, replay: Replay) -> None:
    assert client.get(f"{LIST}{replay.pk}/cancel/").status_code == 405
    assert client.post(f"{LIST}{replay.pk}/explode/").status_code == 404
    assert client.post(f"{LIST}0/cancel/").status_code == 404
    assert client.get(f"{LIST}plan/explode/").status_code == 404
    assert client.get(f"{LIST}x/change/").status_code == 404


def test_steps_need_a_csrf_token(anna: User, replay: Replay) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(anna)
    assert strict.post(f"{LIST}{replay.pk}/cancel/").status_code == 403


def test_a_plan_can_be_downloaded(client: Client, anna: User, replay: Replay) -> None:
    answer = client.get(f"{LIST}{replay.pk}/export/")
    assert answer["Content-Type"] == "text/csv"
    assert answer.content == b"orders,0,10\n"


def test_a_viewer_sees_the_plan_and_why_there_is_no_button(
    client: Client, viewer: User, replay: Replay
) -> None:
    client.force_login(viewer)
    assert "Plan a rewind" not in text_of(client.get(LIST))
    page = text_of(client.get(f"{LIST}{replay.pk}/change/"))
    assert 'value="Run"' not in page
    assert "need monitor.run_replay" in page


@pytest.mark.parametrize("path", ["plan/rewind/", "plan/republish/", "{}/run/", "{}/cancel/"])
def test_a_viewer_may_not_act(client: Client, viewer: User, replay: Replay, path: str) -> None:
    client.force_login(viewer)
    assert client.post(LIST + path.format(replay.pk)).status_code == 403
    replay.refresh_from_db()
    assert replay.state == Replay.State.PLANNED


@pytest.mark.parametrize(
    "path", ["", "plan/rewind/", "{}/change/", "{}/run/", "{}/cancel/", "{}/export/"]
)
def test_a_stranger_is_asked_to_log_in(client: Client, replay: Replay, path: str) -> None:
    answer = client.post(LIST + path.format(replay.pk))
    assert answer.status_code == 302
    assert "login" in answer["Location"]


def test_somebody_without_the_right_to_see_replays_sees_none(
    client: Client, replay: Replay
) -> None:
    client.force_login(User.objects.create_user("nina", is_staff=True))
    assert client.get(f"{LIST}{replay.pk}/change/").status_code == 403
    assert client.get(f"{LIST}{replay.pk}/export/").status_code == 403


@pytest.mark.parametrize("number", ["abc", "²", "9" * 25, "9" * 5000])
def test_a_number_that_no_replay_has_is_not_found(
    client: Client, viewer: User, number: str
) -> None:
    client.force_login(viewer)
    assert client.get(f"{LIST}{number}/change/").status_code == 404


def test_nobody_edits_or_deletes_replays_and_audit_rows(client: Client, replay: Replay) -> None:
    client.force_login(User.objects.create_superuser("root"))
    entry = AuditEntry.objects.create(actor="anna", via="cli", action="replay.run", detail={"a": 1})
    for path in (f"replay/{replay.pk}/delete/", "replay/add/", f"auditentry/{entry.pk}/delete/"):
        assert client.post(f"/admin/monitor/{path}", {"post": "yes"}).status_code == 403


def test_the_audit_trail_is_searched_and_read(client: Client, viewer: User) -> None:
    entry = AuditEntry.objects.create(
        actor="anna", via="cli", action="replay.run", detail={"note": "members <joined>"}
    )
    client.force_login(viewer)
    assert "replay.run" in text_of(client.get("/admin/monitor/auditentry/?q=anna"))
    page = text_of(client.get(f"/admin/monitor/auditentry/{entry.pk}/change/"))
    assert "members &lt;joined&gt;" in page


@pytest.mark.parametrize(
    ("state", "working"),
    [("PLANNED", {"cancel"}), ("RUNNING", {"pause", "cancel"}), ("PAUSED", {"cancel"})],
)
def test_who_may_not_see_records_can_only_stop_their_copying(
    client: Client, anna: User, state: str, working: set[str]
) -> None:
    for role in anna.groups.all():
        role.permissions.remove(*role.permissions.filter(codename="browse_records"))
    copy = make_replay(
        make_cluster(), verb="republish", target_topic_name="b", state=state, plan=PLAN
    )
    page = text_of(client.get(f"{LIST}{copy.pk}/change/"))
    steps = {"run", "pause", "resume", "cancel"}
    assert {step for step in steps if f'action="{LIST}{copy.pk}/{step}/"' in page} == working
    assert "also need monitor.browse_records" in page
