"""A cluster in two shards, sampled by two workers side by side; then by the one that is left."""

import os

import pytest
from django.utils import timezone

from monitor.models import Cluster, ClusterState, Group, Tick
from monitor.series.partitions import ensure_partitions
from monitor.shards import Shard
from tests.acceptance.sampling import Fleet, kill
from tests.acceptance.storing import (
    samples_without_tick,
    storing_held_up,
    ticks_that_wait,
)
from tests.contracts.worlds import KafkaWorld
from tests.database import database_url
from tests.waiting import eventually

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.kafka,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(150),
]

SECONDS = 60.0


@pytest.fixture
def cluster() -> Cluster:
    return Cluster.objects.create(
        name="cut",
        bootstrap_servers=os.environ["HIGHWATER_KAFKA"],
        sample_interval_seconds=4,
        shards=2,
    )


def workers_of_the_last_slots(count: int) -> list[set[str]]:
    """Of each shard: who did its newest ticks."""
    done = Tick.objects.filter(state=Tick.State.DONE).order_by("-slot_at")
    found = (done.filter(shard=number).values_list("worker", flat=True) for number in range(2))
    return [set(workers[:count]) for workers in found]


def each_has_its_own() -> bool:
    first, second = workers_of_the_last_slots(3)
    enough = Tick.objects.filter(state=Tick.State.DONE).count() >= 6
    return enough and len(first) == len(second) == 1 and first != second


def both_are_sampled() -> bool:
    return ticks_that_wait(database_url()) == 2


def groups(world: KafkaWorld, unique: str) -> list[str]:
    """One of each shard, six records behind."""
    world.create_topic(unique, 1)
    world.append(unique, 0, 10)
    names = [f"{unique}-{number}" for number in range(20)]
    found = [next(name for name in names if Shard(place, 2).owns(name)) for place in range(2)]
    for name in found:
        world.commit(name, {(unique, 0): 4})
    return found


def lags(names: list[str]) -> list[int | None]:
    return list(Group.objects.filter(name__in=names).values_list("lag", flat=True))


def test_two_workers_have_a_shard_each_and_one_takes_over_both(
    processes: Fleet, cluster: Cluster, unique: str
) -> None:
    world = KafkaWorld(cluster.bootstrap_servers)
    names = groups(world, unique)
    workers = [processes.worker(), processes.worker()]
    assert eventually(lambda: processes.said().count("ready.") == 2, within_seconds=SECONDS)
    ensure_partitions(timezone.now())
    # So that neither is done before the other begins: who has had both shards may keep them.
    with storing_held_up(database_url()):
        processes.beat()
        assert eventually(both_are_sampled, within_seconds=SECONDS), processes.said()
    assert eventually(each_has_its_own, within_seconds=SECONDS), processes.said()
    assert lags(names) == [6, 6]
    kill(workers[0])
    world.append(unique, 0, 2)
    assert eventually(lambda: lags(names) == [8, 8], within_seconds=SECONDS), processes.said()
    seen = ClusterState.objects.get().sampled_at
    assert eventually(
        lambda: ClusterState.objects.get().sampled_at != seen, within_seconds=SECONDS
    ), processes.said()
    assert samples_without_tick(database_url()) == 0
