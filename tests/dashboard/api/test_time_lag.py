import time

import pytest
from django.test import Client

from monitor.models import Cluster, Group, Topic
from tests.contracts.worlds import KafkaWorld
from tests.factories import make_cluster, make_group, make_reading, make_topic

pytestmark = pytest.mark.django_db


@pytest.fixture
def billing() -> Group:
    group = make_group(make_cluster(), "billing")
    make_reading(group, make_topic(group.cluster))
    return group


def path(group: Group, topic_id: int, partition: int = 0) -> str:
    return f"/api/v1/groups/{group.pk}/time-lag?topic_id={topic_id}&partition={partition}"


@pytest.mark.apache_kafka
def test_the_record_at_the_commit_is_read(
    as_viewer: Client, bootstrap_servers: str, unique: str
) -> None:
    world = KafkaWorld(bootstrap_servers)
    world.create_topic(unique, 1)
    made_ms = time.time_ns() // 1_000_000 - 90_000
    world.append_at(unique, 0, [made_ms, made_ms + 1, made_ms + 2])
    world.commit(unique, {(unique, 0): 1})
    group = make_group(make_cluster(), unique)
    Cluster.objects.update(bootstrap_servers=bootstrap_servers)
    make_reading(group, make_topic(group.cluster, unique))
    found = as_viewer.get(path(group, Topic.objects.get().pk)).json()
    assert (found["committed"], found["log_end"], found["time_lag_method"]) == (1, 3, "record")
    assert found["time_lag_seconds"] == pytest.approx(90, abs=30)


def test_a_topic_that_the_group_does_not_read_is_not_found(
    as_viewer: Client, billing: Group
) -> None:
    answer = as_viewer.get(path(billing, topic_id=0))
    assert answer.status_code == 404
    assert "reads topic 0" in answer.json()["detail"]


def test_a_cluster_that_does_not_answer_is_said(as_viewer: Client, billing: Group) -> None:
    Cluster.objects.update(bootstrap_servers="127.0.0.1:1")
    assert as_viewer.get(path(billing, Topic.objects.get().pk)).status_code == 503


def test_a_stranger_is_sent_to_log_in(as_stranger: Client, billing: Group) -> None:
    assert as_stranger.get(path(billing, Topic.objects.get().pk)).status_code == 401


def test_a_partition_below_zero_is_refused(as_operator: Client, billing: Group) -> None:
    answer = as_operator.get(path(billing, Topic.objects.get().pk, partition=-1))
    assert answer.status_code == 422
