"""A topic that the account may not describe: brokers list it to nobody who may not."""

from collections.abc import Iterator
from datetime import timedelta

import numpy as np
import pytest
from confluent_kafka.admin import (  # type: ignore[attr-defined] # documented, not in __all__
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    NewTopic,
    ResourcePatternType,
    ResourceType,
)
from django.utils import timezone

from highwater_events.broker.base import TopicPartition
from monitor.errors import NotToldError
from monitor.lag import memory
from monitor.lag.collect import collect, open_reader
from monitor.lag.exact import exact_time_lag
from monitor.models import Cluster, ClusterState, Group, GroupTopic, Tick
from monitor.replay.connect import offsets_of
from tests.contracts.topics import create_topic
from tests.contracts.worlds import KafkaWorld
from tests.monitor.kafka.own_broker import PASSWORD, SECRET, USER, SaslBroker, sasl_broker
from tests.waiting import eventually

pytestmark = [pytest.mark.django_db, pytest.mark.kafka_jars, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SaslBroker]:
    with sasl_broker(tmp_path_factory.mktemp("acls"), has_acls=True) as started:
        world = KafkaWorld(started.open_servers)
        for topic in ("orders", "secrets", "public"):
            world.create_topic(topic, 1)
            world.append(topic, 0, 9)
        world.commit("billing", {("orders", 0): 5, ("secrets", 0): 1})
        world.commit("audit", {("public", 0): 5})
        admin = AdminClient({"bootstrap.servers": started.open_servers})
        wanted = [acl(ResourceType.TOPIC, "orders"), acl(ResourceType.TOPIC, "secrets")]
        wanted += [acl(ResourceType.GROUP, "billing"), acl(ResourceType.GROUP, "audit")]
        wanted.append(acl(ResourceType.TOPIC, "public", AclOperation.READ))
        for future in admin.create_acls(wanted).values():
            future.result(30)
        yield started


def acl(
    kind: ResourceType, name: str, operation: AclOperation = AclOperation.DESCRIBE
) -> AclBinding:
    may = (operation, AclPermissionType.ALLOW)
    return AclBinding(kind, name, ResourcePatternType.LITERAL, f"User:{USER}", "*", *may)


def forbid(broker: SaslBroker, topic: str) -> None:
    may = (AclOperation.DESCRIBE, AclPermissionType.ALLOW)
    given = AclBindingFilter(
        ResourceType.TOPIC, topic, ResourcePatternType.LITERAL, f"User:{USER}", "*", *may
    )
    admin = AdminClient({"bootstrap.servers": broker.open_servers})
    for future in admin.delete_acls([given]).values():
        future.result(30)


@pytest.fixture
def guarded(broker: SaslBroker, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    monkeypatch.setenv(SECRET, PASSWORD)
    login = {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "PLAIN",
        "sasl.username": USER,
        "sasl.password": f"env:{SECRET}",
    }
    return Cluster.objects.create(
        name="guarded", bootstrap_servers=broker.sasl_servers, properties=login
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


def test_the_others_of_the_group_are_still_shown(broker: SaslBroker, guarded: Cluster) -> None:
    now = timezone.now()
    assert collect(guarded.pk, clock=lambda: now) is Tick.State.DONE
    assert Group.objects.get(name="billing").lag == 12
    forbid(broker, "secrets")
    ticks = iter(range(1, 20))

    def is_left() -> bool:
        moment = now + timedelta(seconds=10 * next(ticks))
        assert collect(guarded.pk, clock=lambda: moment) is Tick.State.DONE
        return GroupTopic.objects.get(topic__name="secrets").gone_at is not None

    assert eventually(is_left)
    group = Group.objects.get(name="billing")
    assert (group.lag, group.partitions, group.unknown_partitions) == (4, 1, 0)


def allow(broker: SaslBroker, *wanted: AclBinding) -> None:
    admin = AdminClient({"bootstrap.servers": broker.open_servers})
    for future in admin.create_acls(list(wanted)).values():
        future.result(30)


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
