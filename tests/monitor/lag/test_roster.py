"""What ticks make of groups, topics and members that come, change and go."""

from datetime import timedelta

import pytest

from monitor.kafka.ports import (
    TopicDetail,
)
from monitor.models import GroupMember, GroupTopic, Tick, Topic
from monitor.values import ReadingFlag, Status
from tests.monitor.lag.worlds import Sampled, member

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_members_come_and_go(sampled: Sampled) -> None:
    sampled.kafka.groups["g"].members = (member(t=(0, 1)),)
    sampled.tick()
    group = sampled.group("g")
    assert (group.state, group.member_count, group.coordinator) == ("Stable", 1, "memory:9092")
    assert GroupMember.objects.get(group=group).assignment == {"t": [0, 1]}
    sampled.kafka.groups["g"].members = ()
    sampled.tick()
    group = sampled.group("g")
    assert (group.state, group.member_count, group.members.count()) == ("Empty", 0, 0)


def test_members_that_the_broker_does_not_tell_are_unknown_not_none(sampled: Sampled) -> None:
    sampled.kafka.tells_members = False
    sampled.kafka.timestamps = False
    sampled.ticks(2)
    assert sampled.group("g").member_count is None
    told = {"group_state", "members", "configs", "topic_ids", "timestamps"}
    assert set(sampled.state.not_told) == told


def test_what_the_broker_tells_of_a_topic_is_stored(sampled: Sampled) -> None:
    sampled.kafka.details["t"] = TopicDetail("id", "delete", 1000, -1, has_configs=True)
    sampled.tick()
    topic = Topic.objects.get(name="t")
    assert (topic.partition_count, topic.kafka_topic_id, topic.retention_ms) == (2, "id", 1000)
    assert sampled.state.not_told == []


def test_a_group_is_gone_only_after_a_complete_listing(sampled: Sampled) -> None:
    sampled.tick()
    sampled.kafka.groups["g"].is_listed = False
    sampled.kafka.listing_is_complete = False
    sampled.tick()
    group = sampled.group("g")
    assert (group.gone_at, group.lag, group.unknown_partitions) == (None, None, 2)
    assert not sampled.state.listing_is_complete
    sampled.kafka.listing_is_complete = True
    sampled.ticks(2)
    assert sampled.group("g").gone_at is not None


def test_a_complete_listing_without_any_group_makes_none_gone_at_once(sampled: Sampled) -> None:
    sampled.ticks(2)
    sampled.kafka.groups["g"].is_listed = False
    sampled.tick()
    group, read = sampled.group("g"), sampled.read("g", "t")
    assert (group.gone_at, group.status, group.partitions) == (None, Status.UNKNOWN, 2)
    assert (read.gone_at, read.flags) == (None, [ReadingFlag.UNREADABLE] * 2)
    assert "no broker lists the group any more" in group.status_reason
    sampled.kafka.groups["g"].is_listed = True
    sampled.tick()
    assert (sampled.group("g").missing_since, sampled.group("g").lag) == (None, 6)
    assert "in the last 3 samples" in sampled.group("g").status_reason


def test_a_group_is_gone_after_two_absences_though_another_process_saw_the_first(
    sampled: Sampled,
) -> None:
    sampled.tick()
    sampled.kafka.groups["g"].is_listed = False
    sampled.tick()
    sampled.restart()
    sampled.tick()
    assert sampled.group("g").gone_at is not None
    assert sampled.read("g", "t").gone_at is not None


def test_absences_that_a_listing_lies_between_are_not_two_in_a_row(sampled: Sampled) -> None:
    for is_listed in (True, False, True, False):
        sampled.kafka.groups["g"].is_listed = is_listed
        sampled.tick()
    assert sampled.group("g").gone_at is None


def test_a_group_that_comes_back_is_back(sampled: Sampled) -> None:
    sampled.tick()
    group = sampled.kafka.groups.pop("g")
    sampled.ticks(2)
    assert GroupTopic.objects.get().gone_at is not None
    sampled.kafka.groups["g"] = group
    sampled.tick()
    assert sampled.group("g").gone_at is None
    assert (GroupTopic.objects.get().gone_at, sampled.group("g").lag) == (None, 6)


def test_a_deleted_topic_leaves_its_group(sampled: Sampled) -> None:
    sampled.tick()
    del sampled.kafka.topics["t"]
    sampled.tick()
    assert Topic.objects.get(name="t").gone_at is not None
    group = sampled.group("g")
    assert (group.partitions, group.lag, group.status) == (0, None, Status.UNKNOWN)


def test_added_partitions_are_read_from_the_next_tick_on(sampled: Sampled) -> None:
    sampled.tick()
    sampled.kafka.topics["t"] += [type(sampled.kafka.topics["t"][0])(log_end=9)]
    sampled.kafka.commit("g", {("t", 2): 2})
    sampled.tick()
    assert sampled.group("g").lag == 13
    assert sampled.read("g", "t").committed == [4, 10, 2]
    assert Topic.objects.get(name="t").partition_count == 3


@pytest.mark.parametrize("name", ["a\0b", "", " ", "x/y?z#%2F", "<script>", "\udcff", "é" * 300])
def test_a_hostile_name_is_sampled_like_any_other(sampled: Sampled, name: str) -> None:
    sampled.kafka.commit(name, {("t", 0): 1})
    assert sampled.tick() is Tick.State.DONE
    sampled.restart()
    assert sampled.tick() is Tick.State.DONE
    lags = set(sampled.row.groups.values_list("lag", flat=True))
    assert lags == {6, 9}
    assert sampled.row.groups.count() == 2


def test_a_name_too_long_to_store_is_left_out_and_counted(sampled: Sampled) -> None:
    sampled.kafka.commit("x" * 30_000, {("t", 0): 1})
    sampled.tick()
    assert sampled.row.groups.count() == 1
    assert Tick.objects.latest("slot_at").reading_errors == 1


def test_an_internal_topic_is_stored_only_if_a_group_reads_it(sampled: Sampled) -> None:
    sampled.kafka.create_topic("__one", 1)
    sampled.kafka.create_topic("__other", 1)
    sampled.kafka.commit("g", {("__one", 0): 0})
    sampled.tick()
    assert set(Topic.objects.values_list("name", flat=True)) == {"t", "__one"}


def test_an_unreadable_group_does_not_keep_a_topic_that_is_gone(sampled: Sampled) -> None:
    sampled.tick()
    sampled.kafka.groups["g"].error = 30
    del sampled.kafka.topics["t"]
    sampled.tick()
    assert sampled.group("g").partitions == 0
