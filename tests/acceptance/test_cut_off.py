"""Ticks cut off while they store: no sample twice, no status change lost, the next one right."""

import os
from datetime import timedelta

import pytest
from django.utils import timezone

from monitor.models import Cluster, ClusterState, Group, StatusChange, Tick
from tests.acceptance.sampling import Fleet, kill
from tests.acceptance.storing import (
    a_tick_waits,
    doubled_samples,
    samples_without_tick,
    sessions_waiting_for_a_row,
    storing_held_up,
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

INTERVAL_SECONDS = 2
TICKS_WITHIN_SECONDS = 40.0


@pytest.fixture
def processes(processes: Fleet, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    monkeypatch.setenv("HIGHWATER_STATUS_TICKS", "1")
    return processes


@pytest.fixture
def world(unique: str) -> KafkaWorld:
    """A group of that name, three records behind, in a cluster that is sampled."""
    servers = os.environ["HIGHWATER_KAFKA"]
    world = KafkaWorld(servers)
    world.create_topic(unique, 1)
    world.append(unique, 0, 5)
    world.commit(unique, {(unique, 0): 2})
    Cluster.objects.create(
        name="cut off", bootstrap_servers=servers, sample_interval_seconds=INTERVAL_SECONDS
    )
    return world


def one_more_tick() -> bool:
    done = Tick.objects.filter(state=Tick.State.DONE)
    before = done.count()
    return eventually(lambda: done.count() > before, within_seconds=TICKS_WITHIN_SECONDS)


def a_tick_is_held_up() -> bool:
    return eventually(lambda: a_tick_waits(database_url()), within_seconds=30)


def turned_to(group: str) -> list[str]:
    """The statuses that its changes tell of, oldest first."""
    told = StatusChange.objects.filter(group__name=group).order_by("id")
    return list(told.values_list("after", flat=True))


def nothing_is_doubled_or_orphaned() -> bool:
    url = database_url()
    return (doubled_samples(url), samples_without_tick(url)) == (0, 0)


def test_a_worker_killed_in_mid_tick_leaves_a_gap_and_the_next_tick_is_right(
    processes: Fleet, world: KafkaWorld, unique: str
) -> None:
    processes.beat()
    processes.beat()
    worker = processes.worker()
    assert one_more_tick(), processes.said()
    assert ClusterState.objects.get().adapter == "bulk"
    before = turned_to(unique)
    with storing_held_up(database_url()):
        world.commit(unique, {(unique, 0): 9})  # beyond the log's end
        assert a_tick_is_held_up(), processes.said()
        kill(worker)
        killed = Tick.objects.get(state=Tick.State.CLAIMED)
    processes.worker()
    assert one_more_tick(), processes.said()
    killed.refresh_from_db()
    assert killed.state == Tick.State.LOST
    assert Group.objects.get(name=unique).status == "TRUNCATED"
    assert turned_to(unique) == [*before, "TRUNCATED"]
    assert nothing_is_doubled_or_orphaned()


def test_a_tick_longer_than_its_interval_is_stored_once_and_the_next_is_right(
    processes: Fleet, world: KafkaWorld, unique: str
) -> None:
    processes.beat()
    processes.beat()
    processes.worker()
    assert one_more_tick(), processes.said()
    with storing_held_up(database_url()):
        assert a_tick_is_held_up(), processes.said()
        long = Tick.objects.get(state=Tick.State.CLAIMED)
        over = long.slot_at + 5 * timedelta(seconds=INTERVAL_SECONDS)
        assert eventually(lambda: timezone.now() > over, within_seconds=15)
        # Hints that came meanwhile took no thread each to wait in; the upkeep may wait.
        assert sessions_waiting_for_a_row(database_url()) <= 1
        world.append(unique, 0, 4)
    assert eventually(lambda: Tick.objects.get(pk=long.pk).state == Tick.State.DONE)
    assert one_more_tick(), processes.said()
    assert Group.objects.get(name=unique).lag == 7
    assert nothing_is_doubled_or_orphaned()
