"""Two clusters that have a topic and a group of one name: neither touches the other."""

import pickle
from collections.abc import Callable
from typing import Any

import pytest

from monitor.lag import memory
from monitor.models import ClusterState, Group, GroupTopic, StatusChange, Tick, Topic
from monitor.series.read import group_series
from monitor.values import Status
from tests.monitor.lag.worlds import Sampled

pytestmark = pytest.mark.django_db


@pytest.fixture
def other() -> Sampled:
    """A second cluster: its `g` has handled all of its own `t`, which has one partition."""
    world = Sampled("other")
    world.kafka.create_topic("t", 1)
    world.kafka.append("t", 0, 100)
    world.kafka.commit("g", {("t", 0): 100})
    return world


def samples(world: Sampled) -> list[Any]:
    """The stored lag of its `g`, and the statuses, oldest first."""
    span = world.interval * 60
    series = group_series(world.group("g").pk, start=world.now - span, end=world.now + span)
    return [series.lag, series.status]


def kept(world: Sampled) -> list[Any]:
    """All rows of a cluster, its group's samples, and what this process remembers of it."""
    tables = (Group, Topic, StatusChange, Tick, ClusterState)
    rows = [
        list(table.objects.filter(cluster=world.row).order_by("pk").values()) for table in tables
    ]
    readings = GroupTopic.objects.filter(group__cluster=world.row).order_by("pk").values()
    remembered = pickle.dumps(memory.memory_of(world.row.pk))
    return [*rows, list(readings), samples(world), remembered]


def test_each_cluster_has_its_own_lag_of_a_group_of_one_name(
    sampled: Sampled, other: Sampled
) -> None:
    sampled.tick()
    other.tick()
    assert (sampled.group("g").lag, other.group("g").lag) == (6, 0)
    assert sampled.read("g", "t").log_end == [10, 10]
    assert other.read("g", "t").log_end == [100]


@pytest.mark.parametrize("restarts", [False, True])
def test_ticks_in_turn_fill_no_window_of_the_other(
    sampled: Sampled, other: Sampled, restarts: bool
) -> None:
    for _ in range(4):
        sampled.fall_behind()
        for world in (sampled, other):
            if restarts:
                world.restart()
            world.tick()
    assert (sampled.status("g"), other.status("g")) == (Status.WARN, Status.OK)
    assert "in each of the last 4 samples, now 26 records" in sampled.group("g").status_reason
    assert (samples(sampled)[0], samples(other)[0]) == ([11, 16, 21, 26], [0, 0, 0, 0])


def grows(world: Sampled) -> None:
    for _ in range(3):
        world.kafka.append("t", 0, 5)
        world.tick()


def falls_silent(world: Sampled) -> None:
    world.kafka.is_silent = True
    assert world.tick() is Tick.State.FAILED


def loses_its_group_and_makes_its_topic_anew(world: Sampled) -> None:
    del world.kafka.groups["g"]
    del world.kafka.topics["t"]
    world.kafka.create_topic("t", 1)
    world.ticks(2)


def is_deleted(world: Sampled) -> None:
    world.row.delete()


@pytest.mark.parametrize(
    "incident", [grows, falls_silent, loses_its_group_and_makes_its_topic_anew, is_deleted]
)
def test_what_happens_to_one_cluster_leaves_the_other_as_it_was(
    sampled: Sampled, other: Sampled, incident: Callable[[Sampled], None]
) -> None:
    for world in (sampled, other):
        world.ticks(2)
    before = kept(other)
    incident(sampled)
    assert kept(other) == before
    other.tick()
    assert (other.status("g"), samples(other)[0]) == (Status.OK, [0, 0, 0])
