import pytest

from monitor.kafka.ports import TopicDetail
from monitor.lag.memory import memory_of
from monitor.lag.rows import read_of
from tests.monitor.lag.worlds import Sampled, member

pytestmark = pytest.mark.django_db


def remembered(sampled: Sampled) -> set[str]:
    """Every name that the memory holds something of."""
    memory = memory_of(sampled.row.pk)
    by_name = (memory.memberships, memory.states, memory.details, memory.log_starts)
    return {name for names in by_name for name in names} | {name for _, name in memory.read_at}


def test_groups_and_topics_that_left_are_forgotten(sampled: Sampled) -> None:
    sampled.kafka.create_topic("u", 1)
    sampled.kafka.details["u"] = TopicDetail(has_configs=True)
    sampled.kafka.commit("short", {("u", 0): 0})
    sampled.kafka.groups["short"].members = (member(u=(0,)),)
    sampled.ticks(2)
    assert {"short", "u"} <= remembered(sampled)
    del sampled.kafka.groups["short"], sampled.kafka.topics["u"]
    sampled.ticks(2)
    memory = memory_of(sampled.row.pk)
    assert not {"short", "u"} & remembered(sampled)
    assert memory.told.keys() == {sampled.group("g").pk}
    assert memory.log_ends.keys() == {memory.roster.topics["t"]}
    assert set(read_of(memory.timelines.keys).tolist()) == {memory.roster.topics["t"]}
