"""The tick against a real broker."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

import pytest
from confluent_kafka import Consumer
from django.utils import timezone

from monitor.errors import ClusterUnreachableError
from monitor.kafka import process
from monitor.lag.acknowledge import acknowledge
from monitor.lag.collect import collect
from monitor.lag.memory import memory_of
from monitor.models import Cluster, ClusterState, Group, GroupTopic, Tick
from monitor.values import Actor, ReadingFlag, Status
from tests.contracts.worlds import KafkaWorld
from tests.readings import reading_of
from tests.waiting import eventually

pytestmark = [pytest.mark.django_db, pytest.mark.kafka]


@pytest.fixture
def world(bootstrap_servers: str) -> KafkaWorld:
    return KafkaWorld(bootstrap_servers)


@pytest.fixture
def cluster() -> Cluster:
    return Cluster.objects.create(name="real", bootstrap_servers=os.environ["HIGHWATER_KAFKA"])


@contextmanager
def joined(bootstrap_servers: str, group: str, protocol: str) -> Iterator[None]:
    """A consumer that has its partitions and commits nothing."""
    settings = {"bootstrap.servers": bootstrap_servers, "group.id": group, "client.id": "tests"}
    consumer = Consumer({**settings, "group.protocol": protocol, "enable.auto.commit": False})
    consumer.subscribe([group])

    def is_assigned() -> bool:
        consumer.poll(0.1)
        return len(consumer.assignment()) == 2

    assert eventually(is_assigned, within_seconds=20)
    yield
    consumer.close()


def sample(cluster: Cluster, *, slot: int = 0) -> None:
    moment = timezone.now() + timedelta(seconds=10 * slot)
    assert collect(cluster.pk, clock=lambda: moment) is Tick.State.DONE


def test_lag_of_a_real_group_is_right(world: KafkaWorld, cluster: Cluster, unique: str) -> None:
    world.create_topic(unique, 3)
    world.append(unique, 0, 7)
    world.append(unique, 1, 5)
    world.commit(unique, {(unique, 0): 3, (unique, 1): 5})
    sample(cluster)
    group = Group.objects.get(name=unique)
    assert (group.lag, group.partitions, group.unknown_partitions) == (4, 2, 0)
    read = reading_of(GroupTopic.objects.get(group=group))
    assert (read.committed, read.log_end) == ([3, 5, None], [7, 5, 0])


@pytest.mark.apache_kafka
def test_records_deleted_unread_are_lost(world: KafkaWorld, cluster: Cluster, unique: str) -> None:
    world.create_topic(unique, 1)
    world.append(unique, 0, 9)
    world.commit(unique, {(unique, 0): 2})
    world.delete_records(unique, 0, 6)
    sample(cluster)
    row = GroupTopic.objects.get(group__name=unique)
    read = reading_of(row)
    assert (row.group.lag, read.flags) == (3, [ReadingFlag.LOST])
    assert (row.group.status, row.group.status_reason) == (
        Status.LOSING,
        "4 records were deleted before they were read, lag 3 records.",
    )
    world.commit(unique, {(unique, 0): 9})
    sample(cluster, slot=1)
    sample(cluster, slot=2)
    assert Group.objects.get(name=unique).status == Status.OK


@pytest.mark.apache_kafka
def test_records_deleted_unread_are_known_once_somebody_says_so(
    world: KafkaWorld, cluster: Cluster, unique: str
) -> None:
    world.create_topic(unique, 1)
    world.append(unique, 0, 9)
    world.commit(unique, {(unique, 0): 2})
    world.delete_records(unique, 0, 6)
    sample(cluster)
    group = Group.objects.get(name=unique)
    assert (group.status, group.lost_records) == (Status.LOSING, 4)
    acknowledge(Actor("ann", None, "cli"), group.pk, reason="known")
    sample(cluster, slot=1)
    sample(cluster, slot=2)
    group.refresh_from_db()
    assert (group.status == Status.LOSING, group.lost_records, group.lag) == (False, 0, 3)
    world.delete_records(unique, 0, 8)
    memory_of(cluster.pk).read_at.pop(("log starts", ""))
    sample(cluster, slot=3)
    group.refresh_from_db()
    assert (group.status, group.lost_records, group.lag) == (Status.LOSING, 2, 1)


def test_a_commit_beyond_the_log_end_is_truncated(
    world: KafkaWorld, cluster: Cluster, unique: str
) -> None:
    world.create_topic(unique, 1)
    world.append(unique, 0, 2)
    world.commit(unique, {(unique, 0): 5})
    sample(cluster)
    row = GroupTopic.objects.get(group__name=unique)
    read = reading_of(row)
    assert (row.group.lag, read.flags) == (0, [ReadingFlag.TRUNCATED])
    assert (row.group.status, read.statuses) == (Status.TRUNCATED, [Status.TRUNCATED])


@pytest.mark.apache_kafka
def test_an_open_transaction_is_flagged(world: KafkaWorld, cluster: Cluster, unique: str) -> None:
    world.create_topic(unique, 1)
    world.append(unique, 0, 2)
    world.commit(unique, {(unique, 0): 2})
    world.open_transaction(unique, 0)
    sample(cluster)
    row = GroupTopic.objects.get(group__name=unique)
    read = reading_of(row)
    assert (read.stable_end, read.log_end) == ([2], [3])
    assert read.flags == [ReadingFlag.TRANSACTION_OPEN]


@pytest.mark.apache_kafka
@pytest.mark.parametrize("protocol", ["classic", "consumer"])
def test_members_are_told_with_host_and_partitions(
    world: KafkaWorld, cluster: Cluster, unique: str, protocol: str
) -> None:
    world.create_topic(unique, 2)
    world.append(unique, 0, 1)
    with joined(cluster.bootstrap_servers, unique, protocol):
        sample(cluster)
    group = Group.objects.get(name=unique)
    [member] = group.members.all()
    assert (group.state, group.protocol_type, group.member_count) == ("Stable", protocol, 1)
    assert (member.client_id, member.host) == ("tests", "127.0.0.1")
    assert member.assignment == {unique: [0, 1]}
    assert (group.partitions, group.unknown_partitions, group.lag) == (2, 1, 0)
    sample(cluster, slot=1)
    group.refresh_from_db()
    assert (group.state, group.member_count, group.members.count()) == ("Empty", 0, 0)


def test_a_tick_stores_which_client_read_and_why(cluster: Cluster) -> None:
    Cluster.objects.update(properties={"broker.address.family": "v4"})
    sample(cluster)
    state = ClusterState.objects.get()
    assert state.adapter == "confluent"
    assert state.why_not_bulk == "Only librdkafka honours broker.address.family."


def test_an_unreachable_broker_is_a_state_and_its_return_clears_it(cluster: Cluster) -> None:
    Cluster.objects.update(bootstrap_servers="127.0.0.1:1", sample_interval_seconds=1)
    assert collect(cluster.pk) is Tick.State.FAILED
    state = ClusterState.objects.get()
    assert state.unreachable_since is not None
    assert "127.0.0.1:1" in state.last_error
    Cluster.objects.update(
        bootstrap_servers=os.environ["HIGHWATER_KAFKA"], sample_interval_seconds=10
    )
    sample(cluster, slot=1)
    assert ClusterState.objects.get().unreachable_since is None


def test_a_reader_is_kept_until_its_configuration_changes(bootstrap_servers: str) -> None:
    configuration = {"bootstrap.servers": bootstrap_servers}
    one = process.reader_of(-1, configuration, timeout_seconds=5)
    assert process.reader_of(-1, configuration, timeout_seconds=5) is one
    assert process.reader_of(-1, configuration, timeout_seconds=6) is not one


def test_a_configuration_that_the_client_refuses_is_a_state_and_not_raised(
    cluster: Cluster,
) -> None:
    junk = {"security.protocol": "ssl", "ssl.ca.pem": "-----BEGIN CERTIFICATE-----"}
    Cluster.objects.update(properties=junk)
    assert collect(cluster.pk) is Tick.State.FAILED
    assert "ssl.ca.pem" in ClusterState.objects.get().last_error
    Cluster.objects.update(properties={})
    sample(cluster, slot=1)


def test_a_reader_of_a_cluster_that_is_gone_is_closed(
    bootstrap_servers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    configuration = {"bootstrap.servers": bootstrap_servers}
    gone = process.reader_of(-4, configuration, timeout_seconds=5)
    monkeypatch.setattr(process, "RECYCLE_SECONDS", 0.0)
    process.reader_of(-5, configuration, timeout_seconds=5)
    assert gone not in [kept.reader for kept in process._kept.values()]


def test_a_reader_that_met_silence_is_replaced() -> None:
    silent = {"bootstrap.servers": "127.0.0.1:1"}
    one = process.reader_of(-3, silent, timeout_seconds=0.2)
    assert process.reader_of(-3, silent, timeout_seconds=0.2) is one
    with pytest.raises(ClusterUnreachableError):
        one.cluster()
    assert process.reader_of(-3, silent, timeout_seconds=0.2) is not one


def test_a_reader_is_never_shared_with_a_forked_process(bootstrap_servers: str) -> None:
    configuration = {"bootstrap.servers": bootstrap_servers}
    one = process.reader_of(-2, configuration, timeout_seconds=5)
    with patch.object(os, "getpid", return_value=0):
        assert process.reader_of(-2, configuration, timeout_seconds=5) is not one
    assert process.reader_of(-2, configuration, timeout_seconds=5) is one
