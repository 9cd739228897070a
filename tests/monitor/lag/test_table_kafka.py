"""Rows of the reading table that need a broker whose groups and topics come and go."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewPartitions, NewTopic
from django.utils import timezone

from monitor.lag.collect import collect
from monitor.models import Cluster, Group, GroupTopic, StatusChange, Tick, Topic
from monitor.values import ReadingFlag, Status
from tests.contracts.worlds import KafkaWorld
from tests.readings import reading_of
from tests.waiting import eventually

pytestmark = [pytest.mark.django_db, pytest.mark.kafka, pytest.mark.apache_kafka]


@pytest.fixture
def world(bootstrap_servers: str) -> KafkaWorld:
    return KafkaWorld(bootstrap_servers)


@pytest.fixture
def admin(bootstrap_servers: str) -> AdminClient:
    return AdminClient({"bootstrap.servers": bootstrap_servers})


@pytest.fixture
def cluster(bootstrap_servers: str) -> Cluster:
    return Cluster.objects.create(name="real", bootstrap_servers=bootstrap_servers)


def sample(cluster: Cluster, *, slot: int) -> None:
    moment = timezone.now() + timedelta(seconds=10 * slot)
    assert collect(cluster.pk, clock=lambda: moment) is Tick.State.DONE


def test_a_deleted_topic_leaves_its_groups_view_and_its_rows_stay(
    world: KafkaWorld, admin: AdminClient, cluster: Cluster, unique: str
) -> None:
    kept, deleted = f"{unique}-kept", f"{unique}-deleted"
    for topic in (kept, deleted):
        world.create_topic(topic, 1)
        world.append(topic, 0, 4)
    world.commit(unique, {(kept, 0): 1, (deleted, 0): 2})
    sample(cluster, slot=0)
    assert Group.objects.get(name=unique).lag == 5
    admin.delete_topics([deleted])[deleted].result(10)
    assert eventually(lambda: deleted not in admin.list_topics(timeout=5).topics)
    sample(cluster, slot=1)
    assert Group.objects.get(name=unique).lag == 3
    rows = {row.topic.name: row for row in GroupTopic.objects.filter(group__name=unique)}
    assert rows[kept].gone_at is None
    assert rows[deleted].gone_at is not None


def test_an_added_partition_joins_the_view_once_committed(
    world: KafkaWorld, admin: AdminClient, cluster: Cluster, unique: str
) -> None:
    world.create_topic(unique, 1)
    world.append(unique, 0, 4)
    world.commit(unique, {(unique, 0): 4})
    sample(cluster, slot=0)
    admin.create_partitions([NewPartitions(unique, 2)])[unique].result(10)
    assert eventually(lambda: len(admin.list_topics(unique, 5).topics[unique].partitions) == 2)
    world.append(unique, 1, 3)
    world.commit(unique, {(unique, 0): 4, (unique, 1): 3})
    sample(cluster, slot=1)
    row = GroupTopic.objects.get(group__name=unique)
    assert reading_of(row).committed == [4, 3]
    assert (row.group.lag, row.group.status) == (0, Status.OK)


def test_a_static_members_instance_is_stored(
    world: KafkaWorld, cluster: Cluster, bootstrap_servers: str, unique: str
) -> None:
    world.create_topic(unique, 1)
    consumer = Consumer(
        {"bootstrap.servers": bootstrap_servers, "group.id": unique, "group.instance.id": "till-1"}
    )
    consumer.subscribe([unique])
    assert eventually(
        lambda: consumer.poll(0.1) is None and bool(consumer.assignment()), within_seconds=20
    )
    sample(cluster, slot=0)
    consumer.close()
    [member] = Group.objects.get(name=unique).members.all()
    assert member.instance_id == "till-1"


def test_a_group_that_assigns_itself_looks_empty_and_is_not_stopped(
    world: KafkaWorld, cluster: Cluster, bootstrap_servers: str, unique: str
) -> None:
    world.create_topic(unique, 1)
    world.append(unique, 0, 40)
    consumer = Consumer({"bootstrap.servers": bootstrap_servers, "group.id": unique})
    consumer.assign([TopicPartition(unique, 0, 0)])
    for slot in range(12):
        consumer.commit(offsets=[TopicPartition(unique, 0, slot + 1)], asynchronous=False)
        sample(cluster, slot=slot)
    consumer.close()
    group = Group.objects.get(name=unique)
    assert (group.state, group.member_count, group.lag) == ("Empty", 0, 28)
    assert group.status == Status.OK


def test_a_deleted_group_leaves_and_its_rows_stay(
    world: KafkaWorld, admin: AdminClient, cluster: Cluster, unique: str
) -> None:
    world.create_topic(unique, 1)
    world.append(unique, 0, 4)
    world.commit(unique, {(unique, 0): 1})
    sample(cluster, slot=0)
    admin.delete_consumer_groups([unique])[unique].result(10)
    sample(cluster, slot=1)
    sample(cluster, slot=2)
    group = Group.objects.get(name=unique)
    assert group.gone_at is not None
    assert GroupTopic.objects.filter(group=group).count() == 1


@pytest.mark.parametrize("ending", ["commit_transaction", "abort_transaction"])
def test_the_marker_of_an_ended_transaction_counts_as_caught_up_by_allowed_lag(
    world: KafkaWorld, cluster: Cluster, bootstrap_servers: str, unique: str, ending: str
) -> None:
    Cluster.objects.update(allowed_lags={unique: 1})
    world.create_topic(unique, 1)
    producer = Producer({"bootstrap.servers": bootstrap_servers, "transactional.id": unique})
    producer.init_transactions(10)
    producer.begin_transaction()
    producer.produce(unique, b"x", partition=0)
    producer.flush(10)
    getattr(producer, ending)(10)
    world.commit(unique, {(unique, 0): 1})
    for slot in range(3):
        sample(cluster, slot=slot)
    row = GroupTopic.objects.get(group__name=unique)
    read = reading_of(row)
    assert (read.log_end, read.stable_end, row.group.lag) == ([2], [2], 1)
    assert row.group.status == Status.OK


def test_a_compacted_topic_is_stored_as_one(
    world: KafkaWorld, admin: AdminClient, cluster: Cluster, unique: str
) -> None:
    asked = NewTopic(unique, 1, 1, config={"cleanup.policy": "compact"})
    admin.create_topics([asked])[unique].result(10)
    world.append(unique, 0, 1)
    world.commit(unique, {(unique, 0): 0})
    sample(cluster, slot=0)
    assert Topic.objects.get(name=unique).cleanup_policy == "compact"


def test_a_topic_created_again_is_judged_anew_and_told(
    world: KafkaWorld, admin: AdminClient, cluster: Cluster, unique: str
) -> None:
    world.create_topic(unique, 1)
    world.append(unique, 0, 9)
    for slot in range(6):
        world.commit(unique, {(unique, 0): slot + 1})
        sample(cluster, slot=slot)
    before = Topic.objects.get(name=unique).kafka_topic_id
    admin.delete_topics([unique])[unique].result(10)
    assert eventually(lambda: unique not in admin.list_topics(timeout=5).topics)
    world.create_topic(unique, 1)
    world.append(unique, 0, 4)
    seen = []
    for slot in range(6, 9):
        world.commit(unique, {(unique, 0): slot - 5})
        sample(cluster, slot=slot)
        seen.append(Group.objects.get(name=unique).status)
    assert seen == [Status.UNKNOWN, Status.OK, Status.OK]
    assert Topic.objects.get(name=unique).kafka_topic_id not in {before, ""}
    assert unique in StatusChange.objects.get(after="RECREATED").reason


def test_an_assigned_partition_without_commit_whose_log_is_empty_is_ok(
    world: KafkaWorld, cluster: Cluster, bootstrap_servers: str, unique: str
) -> None:
    world.create_topic(unique, 1)
    settings = {"bootstrap.servers": bootstrap_servers, "group.id": unique}
    consumer = Consumer({**settings, "enable.auto.commit": False})
    consumer.subscribe([unique])
    assert eventually(
        lambda: consumer.poll(0.1) is None and bool(consumer.assignment()), within_seconds=20
    )
    sample(cluster, slot=0)
    consumer.close()
    row = GroupTopic.objects.get(group__name=unique)
    assert reading_of(row).committed == [None]
    assert (row.group.lag, row.group.unknown_partitions) == (0, 0)
    assert row.group.status == Status.OK


@pytest.fixture
def thousand(world: KafkaWorld, admin: AdminClient, unique: str) -> Iterator[None]:
    """Groups that lag by 3; later tests would wait long for their own to be described."""
    world.create_topic(unique, 1)
    world.append(unique, 0, 4)
    names = [f"{unique}-{number}" for number in range(1000)]
    with ThreadPoolExecutor(max_workers=16) as pool:
        list(pool.map(lambda name: world.commit(name, {(unique, 0): 1}), names))
    yield
    for future in admin.delete_consumer_groups(names).values():
        future.result(30)


def test_a_thousand_groups_without_members_are_read_in_one_tick(
    thousand: None, cluster: Cluster, unique: str
) -> None:
    sample(cluster, slot=0)
    groups = Group.objects.filter(name__startswith=unique)
    assert set(groups.values_list("lag", "state", "unknown_partitions")) == {(3, "Empty", 0)}
    assert groups.count() == 1000


def test_a_transaction_left_open_while_another_producer_goes_on_is_named_as_hung(
    world: KafkaWorld, cluster: Cluster, bootstrap_servers: str, unique: str
) -> None:
    # Who else left one open would be asked about first, and the next question comes 30 s later.
    Cluster.objects.update(include_topics=[unique])
    world.create_topic(unique, 2)
    world.append(unique, 0, 3)
    world.commit(unique, {(unique, 0): 1, (unique, 1): 0})
    sample(cluster, slot=0)
    left = Producer({"bootstrap.servers": bootstrap_servers, "transactional.id": unique})
    left.init_transactions(10)
    left.begin_transaction()
    left.produce(unique, b"x", partition=0)
    left.flush(10)
    for slot in range(1, 14):
        world.append(unique, 0, 1)
        sample(cluster, slot=slot)
    row = GroupTopic.objects.get(group__name=unique)
    read = reading_of(row)
    assert (read.log_end, read.stable_end) == ([17, 0], [3, 0])
    assert [ReadingFlag.TRANSACTION_HUNG in flags for flags in read.flags] == [True, False]
    [since, none] = row.topic.held_since_ms
    assert since is not None
    assert none is None
    assert abs(since / 1000 - timezone.now().timestamp()) < 60
    holder = row.topic.held_by["0"]
    assert (holder["start"], holder["epoch"]) == (3, 0)
    assert holder["producer_id"] >= 0
    assert abs(holder["last_ms"] / 1000 - timezone.now().timestamp()) < 60
    left.abort_transaction(10)
    slots = iter(range(14, 60))

    def is_let_go() -> bool:
        sample(cluster, slot=next(slots))
        return Topic.objects.get(name=unique).held_since_ms == [None, None]

    # The broker says that it is aborted before the log does.
    assert eventually(is_let_go)
