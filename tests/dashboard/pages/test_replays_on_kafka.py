"""Plans and runs from the pages against a real cluster, up to where a worker takes over."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from highwater_events.broker.base import OutgoingRecord, TopicPartition
from monitor.models import AuditEntry, Cluster, ClusterState, Replay
from tests.contracts.replay_worlds import KafkaWorld

pytestmark = [pytest.mark.django_db, pytest.mark.apache_kafka]


@pytest.fixture
def world(bootstrap_servers: str) -> Iterator[KafkaWorld]:
    opened = KafkaWorld(bootstrap_servers)
    yield opened
    opened.close()


@pytest.fixture
def kafka(db: None, world: KafkaWorld, unique: str, bootstrap_servers: str) -> Cluster:
    """A cluster with four orders, all read by the stopped group of the same name."""
    topic = f"rpages-{unique}"
    world.create_topic(topic, 1)
    world.write([OutgoingRecord(topic, None, b"v", partition=0) for _ in range(4)])
    world.offsets.alter(topic, {TopicPartition(topic, 0): 4})
    return Cluster.objects.create(name=topic, bootstrap_servers=bootstrap_servers)


@pytest.fixture
def acting(client: Client, operator: User) -> Client:
    client.force_login(operator)
    return client


def plan(client: Client, cluster: Cluster, **fields: str) -> Any:
    form = {"cluster": str(cluster.pk), "group": cluster.name, "to": "earliest", "reason": "x"}
    return client.post("/replays/new?verb=rewind", form | fields, follow=True)


def run(client: Client) -> str:
    made = Replay.objects.get()
    asked = {"plan_hash": made.plan_hash}
    page: str = client.post(f"/replays/{made.pk}/run", asked, follow=True).content.decode()
    return page


def test_a_plan_shows_totals_partitions_and_the_same_command(
    acting: Client, kafka: Cluster
) -> None:
    page = plan(acting, kafka).content.decode()
    assert "4 records will be processed again; 0 skipped" in page
    assert f"--group {kafka.name} --reset-offsets --all-topics --to-earliest --execute" in page
    assert f"Group {kafka.name} is Empty" in page


def test_a_run_that_is_asked_for_twice_is_run_once(acting: Client, kafka: Cluster) -> None:
    plan(acting, kafka)
    assert "is running" in run(acting)
    assert "A replay that is RUNNING cannot be run." in run(acting)
    actions = AuditEntry.objects.order_by("id").values_list("action", "via")
    assert list(actions) == [("replay.planned", "page"), ("replay.run", "page")]


def test_a_stale_plan_is_refused_with_each_difference_and_a_way_to_plan_again(
    acting: Client, kafka: Cluster, world: KafkaWorld
) -> None:
    plan(acting, kafka)
    world.offsets.alter(kafka.name, {TopicPartition(kafka.name, 0): 2})
    page = run(acting)
    assert "Plan again, the world has moved:" in page
    assert f"<li>{kafka.name}-0: the committed offset was 4 and is 2.</li>" in page
    assert f"/replays/new?verb=rewind&amp;again={Replay.objects.get().pk}" in page
    assert Replay.objects.get().state == Replay.State.PLANNED


@pytest.mark.parametrize("door", ["/replays/new?verb={verb}", "/admin/monitor/replay/plan/{verb}/"])
@pytest.mark.parametrize(
    ("verb", "fields", "sentence"),
    [
        ("rewind", {"group": "nobody"}, "The cluster has no group nobody."),
        ("rewind", {"topics": "{topic}:9"}, "has no partition 9; it has 1."),
        ("republish", {"topic": "nothing"}, "The cluster has no topic nothing."),
        ("republish", {"partitions": "9"}, "has no partition 9; it has 1."),
    ],
)
def test_what_the_cluster_does_not_have_is_said_at_the_form(
    acting: Client, kafka: Cluster, door: str, verb: str, fields: dict[str, str], sentence: str
) -> None:
    form = {"cluster": str(kafka.pk), "group": kafka.name, "topic": kafka.name, "to": "earliest"}
    form |= {"partitioning": "keep", "timestamps": "keep", "reason": "x"}
    form |= {name: typed.format(topic=kafka.name) for name, typed in fields.items()}
    answer = acting.post(door.format(verb=verb), form)
    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert not Replay.objects.exists()


def test_where_membership_is_not_told_the_groups_name_has_to_be_typed(
    acting: Client, kafka: Cluster
) -> None:
    ClusterState.objects.create(cluster=kafka, not_told=["members"])
    asked = plan(acting, kafka)
    assert list(asked.context["form"].errors) == ["confirm_stopped"]
    assert 'name="confirm_stopped"' in asked.content.decode()
    confirmed = plan(acting, kafka, confirm_stopped=kafka.name)
    assert "to confirm that its consumers are stopped" in confirmed.content.decode()
