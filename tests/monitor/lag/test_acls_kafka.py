"""What the account may not describe: brokers list it to nobody who may not."""

from collections.abc import Iterator
from datetime import timedelta

import numpy as np
import pytest
from confluent_kafka.admin import (  # type: ignore[attr-defined] # documented, not in __all__
    AclOperation,
    AdminClient,
    NewTopic,
    ResourceType,
)
from django.utils import timezone

from highwater_events.broker.base import TopicPartition
from monitor.errors import NotToldError
from monitor.kafka.ports import Adapter
from monitor.lag import memory
from monitor.lag.collect import collect, open_reader
from monitor.lag.exact import exact_time_lag
from monitor.models import Cluster, ClusterState, Group, GroupTopic, Tick
from monitor.replay.connect import offsets_of
from monitor.values import ReadingFlag
from tests.contracts.topics import create_topic
from tests.contracts.worlds import KafkaWorld
from tests.monitor.kafka.acls import acl, allow, forbid, login
from tests.monitor.kafka.own_broker import PASSWORD, SECRET, SaslBroker, sasl_broker
from tests.readings import reading_of
from tests.waiting import eventually

pytestmark = [pytest.mark.django_db, pytest.mark.kafka_jars, pytest.mark.timeout(120)]

SECRETS = ("secrets", "letters")  # one for each adapter


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SaslBroker]:
    with sasl_broker(tmp_path_factory.mktemp("acls"), has_acls=True) as started:
        world = KafkaWorld(started.open_servers)
        for topic in ("orders", *SECRETS, "public"):
            world.create_topic(topic, 1)
            world.append(topic, 0, 9)
        world.commit("billing", {("orders", 0): 5, **{(topic, 0): 1 for topic in SECRETS}})
        world.commit("audit", {("public", 0): 5})
        wanted = [acl(ResourceType.TOPIC, topic) for topic in ("orders", *SECRETS)]
        wanted += [acl(ResourceType.GROUP, "billing"), acl(ResourceType.GROUP, "audit")]
        wanted.append(acl(ResourceType.TOPIC, "public", AclOperation.READ))
        allow(started, *wanted)
        yield started


@pytest.fixture
def guarded(broker: SaslBroker, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    monkeypatch.setenv(SECRET, PASSWORD)
    return Cluster.objects.create(
        name="guarded", bootstrap_servers=broker.sasl_servers, properties=login(f"env:{SECRET}")
    )


def test_the_exact_time_lag_needs_to_read_the_topic_and_says_so(guarded: Cluster) -> None:
    place = TopicPartition("orders", 0)
    said = "may not read orders, for which it needs READ"
    with offsets_of(guarded) as offsets, pytest.raises(NotToldError, match=said):
        exact_time_lag(offsets, "billing", place, now_ms=0)


def test_to_read_the_topic_is_enough(guarded: Cluster) -> None:
    with offsets_of(guarded) as offsets:
        found = exact_time_lag(offsets, "audit", TopicPartition("public", 0), now_ms=0)
    assert (found.committed, found.log_end) == (5, 9)
    assert found.timestamp_ms is not None


def sample(cluster: Cluster, slot: int) -> None:
    moment = timezone.now() + timedelta(seconds=10 * slot)
    assert collect(cluster.pk, clock=lambda: moment) is Tick.State.DONE


def read_by(adapter: Adapter, cluster: Cluster) -> None:
    if adapter is Adapter.CONFLUENT:
        cluster.properties["broker.address.family"] = "v4"
        cluster.save(update_fields=["properties"])


@pytest.mark.parametrize(("adapter", "secret"), [*zip(Adapter, SECRETS, strict=True)])
def test_a_topic_that_is_forbidden_stays_unreadable_and_the_others_of_the_group_are_shown(
    broker: SaslBroker, guarded: Cluster, adapter: Adapter, secret: str
) -> None:
    read_by(adapter, guarded)
    sample(guarded, slot=0)
    assert ClusterState.objects.get().adapter == adapter
    before = Group.objects.get(name="billing")
    assert before.unknown_partitions == 0
    forbid(broker, secret)
    slots = iter(range(1, 20))
    row = GroupTopic.objects.get(topic__name=secret)

    def is_said() -> bool:
        sample(guarded, slot=next(slots))
        row.refresh_from_db()
        return reading_of(row).flags == [ReadingFlag.UNREADABLE | ReadingFlag.FORBIDDEN]

    assert eventually(is_said)
    sample(guarded, slot=next(slots))
    row = GroupTopic.objects.select_related("topic", "group").get(pk=row.pk)
    assert (row.gone_at, row.topic.gone_at) == (None, None)
    assert (reading_of(row).committed, row.topic.log_end) == ([None], [None])
    assert (row.group.lag, row.group.unknown_partitions) == ((before.lag or 0) - 8, 1)
    allow(broker, acl(ResourceType.TOPIC, secret))

    def is_back() -> bool:
        sample(guarded, slot=next(slots))
        return Group.objects.get(name="billing").lag == before.lag

    assert eventually(is_back)


@pytest.mark.parametrize("adapter", Adapter)
def test_a_group_that_is_forbidden_stays_unknown(
    broker: SaslBroker, guarded: Cluster, adapter: Adapter
) -> None:
    read_by(adapter, guarded)
    sample(guarded, slot=0)
    assert Group.objects.get(name="audit").lag == 4
    forbid(broker, "audit", ResourceType.GROUP)
    slots = iter(range(1, 20))

    def reason() -> str:
        sample(guarded, slot=next(slots))
        return Group.objects.get(name="audit").status_reason

    denied = "1 of 1 partition: lag is unknown, access to the group is denied."
    assert eventually(lambda: reason() == denied)
    assert [reason() for _ in range(3)] == [denied] * 3
    assert Group.objects.get(name="audit").gone_at is None
    allow(broker, acl(ResourceType.GROUP, "audit"))
    assert eventually(lambda: reason() != denied)
    assert Group.objects.get(name="audit").lag == 4


def make_topic(
    broker: SaslBroker, name: str, *may: AclOperation, retention_bytes: int = -1
) -> None:
    limit = {"retention.bytes": str(retention_bytes)}
    admin = AdminClient({"bootstrap.servers": broker.open_servers})
    create_topic(admin, NewTopic(name, 1, 1, config=limit))
    allow(broker, *(acl(ResourceType.TOPIC, name, operation) for operation in may))


def test_log_sizes_need_to_describe_the_cluster_and_their_lack_is_named(
    broker: SaslBroker, guarded: Cluster
) -> None:
    may = (AclOperation.DESCRIBE, AclOperation.DESCRIBE_CONFIGS)
    make_topic(broker, "sized", *may, retention_bytes=1_000_000)
    now, ticks = timezone.now(), iter(range(200))

    def not_told() -> list[str]:
        memory.forget(guarded.pk)
        moment = now + timedelta(seconds=10 * next(ticks))
        assert collect(guarded.pk, clock=lambda: moment) is Tick.State.DONE
        found: list[str] = ClusterState.objects.get(cluster=guarded).not_told
        return found

    assert eventually(lambda: "log_sizes" in not_told())
    allow(broker, acl(ResourceType.BROKER, "kafka-cluster"))
    assert eventually(lambda: "log_sizes" not in not_told())


def test_the_producer_of_a_transaction_needs_to_read_its_topic(
    broker: SaslBroker, guarded: Cluster
) -> None:
    world, reader = KafkaWorld(broker.open_servers), open_reader(guarded, 0)
    make_topic(broker, "described", AclOperation.DESCRIBE)
    make_topic(broker, "readable", AclOperation.READ)
    for topic in ("described", "readable"):
        world.open_transaction(topic, 0)

    def told() -> list[str]:
        partitions = reader.cluster().partitions
        places = [partitions.position(topic, 0) for topic in ("described", "readable")]
        asked = np.array([place for place in places if place is not None])
        found = reader.open_transactions(asked, partitions)
        return [partitions.topics[partitions.topic_of[one.position]] for one in found]

    assert eventually(lambda: told() == ["readable"])
    assert told() == ["readable"]
