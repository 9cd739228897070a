"""The API's replays against a real cluster, up to where a worker takes over."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from highwater_events.broker.base import OutgoingRecord, TopicPartition
from monitor.kafka.confluent.offsets import ConfluentOffsets
from monitor.models import Cluster, Replay
from tests.contracts.replay_worlds import KafkaWorld

pytestmark = [pytest.mark.django_db, pytest.mark.kafka]


@pytest.fixture
def world(bootstrap_servers: str) -> Iterator[KafkaWorld]:
    opened = KafkaWorld(bootstrap_servers)
    yield opened
    opened.close()


@pytest.fixture
def asked(world: KafkaWorld, bootstrap_servers: str, unique: str) -> dict[str, Any]:
    """A rewind of a stopped group that has read the ten records of its topic."""
    topic = f"api-{unique}"
    world.create_topic(topic, 1)
    for _ in range(10):  # one by one: tansu may tell a log's end short by a batch
        world.write([OutgoingRecord(topic, key=b"k", value=b"v", partition=0)])
    assert not world.offsets.alter(f"{topic}-group", {TopicPartition(topic, 0): 10})
    cluster = Cluster.objects.create(name="prod-eu", bootstrap_servers=bootstrap_servers)
    return {"cluster_id": cluster.pk, "group": f"{topic}-group", "reason": "a bad release"}


def post(client: Client, path: str, **body: Any) -> Any:
    return client.post(f"/api/v1/replays/{path}", body, content_type="application/json")


def test_a_rewind_is_planned_and_run(as_operator: Client, asked: dict[str, Any]) -> None:
    planned = post(as_operator, "rewind", **asked, to="offset", offset=4)
    assert planned.status_code == 201
    [row] = planned.json()["partitions"]
    assert (row["before"], row["after"]) == (10, 4)
    replay = planned.json()["replay"]
    started = post(as_operator, f"{replay['id']}/run", plan_hash=replay["plan_hash"])
    assert (started.status_code, started.json()["run_by"]) == (200, "operator")
    assert Replay.objects.get().state == Replay.State.RUNNING


def test_offsets_that_moved_since_the_plan_are_a_conflict(
    as_operator: Client, asked: dict[str, Any], world: KafkaWorld
) -> None:
    replay = post(as_operator, "rewind", **asked, to="earliest").json()["replay"]
    topic = asked["group"].removesuffix("-group")
    world.offsets.alter(asked["group"], {TopicPartition(topic, 0): 7})
    response = post(as_operator, f"{replay['id']}/run", plan_hash=replay["plan_hash"])
    assert (response.status_code, response.json()["type"]) == (409, "urn:highwater:stale-plan")


def test_a_republish_of_a_range_is_planned(as_operator: Client, asked: dict[str, Any]) -> None:
    topic = asked["group"].removesuffix("-group")
    body = {"cluster_id": asked["cluster_id"], "topic": topic, "reason": "a bad release"}
    planned = post(as_operator, "republish", **body, from_offset=2, to_offset=6)
    assert planned.status_code == 201
    assert planned.json()["replay"]["target_topic"] == topic
    assert planned.json()["replay"]["records_total"] == 4


def test_a_range_outside_the_log_is_refused(as_operator: Client, asked: dict[str, Any]) -> None:
    topic = asked["group"].removesuffix("-group")
    response = post(
        as_operator,
        "republish",
        cluster_id=asked["cluster_id"],
        topic=topic,
        from_offset=500,
        to_offset=600,
        reason="a bad release",
    )
    assert (response.status_code, response.json()["type"]) == (409, "urn:highwater:plan-refused")
    assert not Replay.objects.exists()


@pytest.mark.parametrize(
    ("verb", "fields", "sentence"),
    [
        pytest.param(
            *("rewind", lambda _: {"group": "nobody"}, "The cluster has no group nobody."),
            marks=pytest.mark.apache_kafka,
        ),
        ("rewind", lambda topic: {"topics": {topic: [9]}}, "has no partition 9; it has 1."),
        ("republish", lambda _: {"topic": "nothing"}, "The cluster has no topic nothing."),
        ("republish", lambda _: {"partitions": [9]}, "has no partition 9; it has 1."),
    ],
)
def test_what_the_cluster_does_not_have_is_not_found(
    as_operator: Client,
    asked: dict[str, Any],
    verb: str,
    fields: Callable[[str], dict[str, Any]],
    sentence: str,
) -> None:
    group = asked.pop("group")
    topic = group.removesuffix("-group")
    named = {"group": group, "to": "earliest"} if verb == "rewind" else {"topic": topic}
    response = post(as_operator, verb, **asked | named | fields(topic))
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")
    assert sentence in response.json()["detail"]
    assert not Replay.objects.exists()


def test_an_unreachable_cluster_is_said_so(
    as_operator: Client, asked: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    patience = {"timeout_seconds": 0.5}
    monkeypatch.setattr(ConfluentOffsets.__init__, "__kwdefaults__", patience)
    Cluster.objects.update(bootstrap_servers="127.0.0.1:1")
    response = post(as_operator, "rewind", **asked, to="earliest")
    assert response.status_code == 503
    assert response.json()["type"] == "urn:highwater:cluster-unreachable"
