"""A topic that the account may not describe: brokers list it to nobody who may not."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from confluent_kafka.admin import (  # type: ignore[attr-defined] # documented, not in __all__
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)
from django.utils import timezone

from monitor.lag.collect import collect
from monitor.models import Cluster, Group, GroupTopic, Tick
from tests.contracts.worlds import KafkaWorld
from tests.monitor.kafka.own_broker import PASSWORD, SECRET, USER, SaslBroker, sasl_broker
from tests.waiting import eventually

pytestmark = [pytest.mark.django_db, pytest.mark.kafka_jars, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SaslBroker]:
    with sasl_broker(tmp_path_factory.mktemp("acls"), has_acls=True) as started:
        world = KafkaWorld(started.open_servers)
        for topic in ("orders", "secrets"):
            world.create_topic(topic, 1)
            world.append(topic, 0, 9)
        world.commit("billing", {("orders", 0): 5, ("secrets", 0): 1})
        admin = AdminClient({"bootstrap.servers": started.open_servers})
        wanted = [acl(ResourceType.TOPIC, "orders"), acl(ResourceType.TOPIC, "secrets")]
        for future in admin.create_acls([*wanted, acl(ResourceType.GROUP, "billing")]).values():
            future.result(30)
        yield started


def acl(kind: ResourceType, name: str) -> AclBinding:
    may = (AclOperation.DESCRIBE, AclPermissionType.ALLOW)
    return AclBinding(kind, name, ResourcePatternType.LITERAL, f"User:{USER}", "*", *may)


def forbid(broker: SaslBroker, topic: str) -> None:
    may = (AclOperation.DESCRIBE, AclPermissionType.ALLOW)
    given = AclBindingFilter(
        ResourceType.TOPIC, topic, ResourcePatternType.LITERAL, f"User:{USER}", "*", *may
    )
    admin = AdminClient({"bootstrap.servers": broker.open_servers})
    for future in admin.delete_acls([given]).values():
        future.result(30)


def test_the_others_of_the_group_are_still_shown(
    broker: SaslBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SECRET, PASSWORD)
    login = {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "PLAIN",
        "sasl.username": USER,
        "sasl.password": f"env:{SECRET}",
    }
    cluster = Cluster.objects.create(
        name="guarded", bootstrap_servers=broker.sasl_servers, properties=login
    )
    now = timezone.now()
    assert collect(cluster.pk, clock=lambda: now) is Tick.State.DONE
    assert Group.objects.get(name="billing").lag == 12
    forbid(broker, "secrets")
    ticks = iter(range(1, 20))

    def is_left() -> bool:
        moment = now + timedelta(seconds=10 * next(ticks))
        assert collect(cluster.pk, clock=lambda: moment) is Tick.State.DONE
        return GroupTopic.objects.get(topic__name="secrets").gone_at is not None

    assert eventually(is_left)
    group = Group.objects.get(name="billing")
    assert (group.lag, group.partitions, group.unknown_partitions) == (4, 1, 0)
