"""A broker that deletes by size twice a second: the loss is foreseen, and comes not before."""

import os
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from django.utils import timezone

from monitor.lag.collect import collect
from monitor.lag.memory import memory_of
from monitor.models import Cluster, Group, Tick, Topic
from monitor.values import LossBy, Status
from tests.contracts.topics import create_topic
from tests.contracts.worlds import KafkaWorld
from tests.monitor.kafka.own_broker import SaslBroker, sasl_broker
from tests.waiting import eventually

pytestmark = [pytest.mark.django_db, pytest.mark.kafka_jars, pytest.mark.timeout(180)]

OFTEN = "log.retention.check.interval.ms=500\nlog.initial.task.delay.ms=500\n"
# The smallest segments that Kafka 4 allows.
MIB = 1024 * 1024
RECORD = 32 * 1024
LIMITS = {"retention.bytes": str(3 * MIB), "segment.bytes": str(MIB)}
SLOT = timedelta(seconds=10)
A_TICK = 8


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SaslBroker]:
    with sasl_broker(tmp_path_factory.mktemp("sizes"), more_properties=OFTEN) as started:
        yield started


class Filled:
    """A topic that gets eight records in a tick, of which its group reads one."""

    def __init__(self, broker: SaslBroker, cluster: Cluster, name: str) -> None:
        self.cluster, self.name = cluster, name
        self.world = KafkaWorld(broker.open_servers)
        self._producer = Producer({"bootstrap.servers": broker.open_servers})
        self.now, self.ticks = timezone.now(), 0

    def tick(self) -> Group:
        for _ in range(A_TICK):
            self._producer.produce(self.name, os.urandom(RECORD), partition=0)
        assert self._producer.flush(10) == 0
        self.world.commit("late", {(self.name, 0): self.ticks})
        self.ticks += 1
        self.now += SLOT
        # A slower tick reads it half a minute later.
        memory_of(self.cluster.pk).log_starts.clear()
        assert collect(self.cluster.pk, clock=lambda: self.now) is Tick.State.DONE
        return Group.objects.get(name="late")

    @property
    def log_start(self) -> int:
        [start] = Topic.objects.get(name=self.name).log_start
        return start or 0


@pytest.fixture
def filled(broker: SaslBroker, unique: str) -> Filled:
    create_topic(
        AdminClient({"bootstrap.servers": broker.open_servers}),
        NewTopic(unique, 1, 1, config=LIMITS),
    )
    cluster = Cluster.objects.create(
        name="small", bootstrap_servers=broker.open_servers, sample_interval_seconds=10
    )
    return Filled(broker, cluster, unique)


def test_the_countdown_comes_before_the_loss_and_the_loss_not_before_it(filled: Filled) -> None:
    foreseen: list[datetime] = []
    statuses: list[str] = []
    group = filled.tick()
    while filled.log_start == 0:
        assert filled.ticks < 40, "nothing was deleted"
        group = filled.tick()
        statuses.append(group.raw_status)
        if group.loss_seconds is not None:
            assert group.loss_by == LossBy.SIZE
            foreseen.append(filled.now + timedelta(seconds=group.loss_seconds))
    assert len(foreseen) > 5
    assert max(foreseen) <= filled.now
    assert Status.LOSING in statuses
    assert eventually(lambda: "deleted before" in filled.tick().status_reason)
