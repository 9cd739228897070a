"""Groups that nobody lists because the partition that holds them has no leader."""

import pytest

from monitor.lag.observe import COMMITS_TOPIC
from monitor.models import Cluster, Tick
from monitor.values import Status
from tests.monitor.lag.worlds import Sampled

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(sampled: Sampled) -> Sampled:
    """Group `g` was lost with one of two partitions; another group is listed."""
    sampled.kafka.create_topic(COMMITS_TOPIC, 2)
    sampled.kafka.commit("other", {("t", 0): 1})
    sampled.ticks(2)
    sampled.kafka.topics[COMMITS_TOPIC][1].has_leader = False
    sampled.kafka.groups["g"].is_listed = False
    return sampled


def test_they_are_unknown_and_never_gone(world: Sampled) -> None:
    world.ticks(4)
    group = world.group("g")
    assert (group.gone_at, group.missing_since, group.status) == (None, None, Status.UNKNOWN)
    assert "the broker that knows the group did not answer" in group.status_reason
    assert world.group("other").status != Status.UNKNOWN


def test_it_is_said(world: Sampled) -> None:
    world.tick()
    assert not world.state.listing_is_complete
    assert Tick.objects.latest("slot_at").error == (
        "Of __consumer_offsets, 1 of 2 partitions have no leader: nobody lists the groups there."
    )


def test_it_is_noticed_where_the_topic_is_left_out(world: Sampled) -> None:
    Cluster.objects.filter(pk=world.row.pk).update(exclude_topics=["__*"])
    world.ticks(3)
    assert world.group("g").gone_at is None


def test_once_all_have_leaders_again_who_is_not_listed_is_gone(world: Sampled) -> None:
    world.ticks(2)
    world.kafka.topics[COMMITS_TOPIC][1].has_leader = True
    world.ticks(2)
    assert world.group("g").gone_at is not None
