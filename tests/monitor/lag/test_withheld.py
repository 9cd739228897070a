"""Topics and groups that brokers no longer list though they may be there."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from monitor.kafka.codes import FORBIDDEN_GROUP, NO_COORDINATOR
from monitor.kafka.memory import MemoryReader
from monitor.kafka.ports import CommitColumns, PartitionIndex
from monitor.models import Cluster, GroupTopic, Tick, Topic
from monitor.values import ReadingFlag, Status
from tests.monitor.lag.worlds import Sampled, member

pytestmark = pytest.mark.django_db

DENIED = ReadingFlag.UNREADABLE | ReadingFlag.FORBIDDEN


@pytest.fixture
def world(sampled: Sampled) -> Sampled:
    """Group `g` reads `t` and is at the end of `u`."""
    sampled.kafka.create_topic("u", 1)
    sampled.kafka.append("u", 0, 7)
    sampled.kafka.commit("g", {("u", 0): 7})
    sampled.ticks(2)
    return sampled


def is_there(world: Sampled, topic: str) -> bool:
    read = GroupTopic.objects.get(group=world.group("g"), topic__name=topic)
    return read.gone_at is None and read.topic.gone_at is None


def test_a_forbidden_topic_is_unreadable_and_the_others_of_the_group_are_shown(
    world: Sampled,
) -> None:
    world.kafka.forbidden.add("t")
    world.ticks(3)
    assert is_there(world, "t")
    read = world.read("g", "t")
    assert (read.committed, read.log_end) == ([None, None], [None, None])
    assert read.flags == [DENIED, DENIED]
    group = world.group("g")
    assert (group.lag, group.partitions, group.unknown_partitions) == (0, 3, 2)
    assert (group.status, group.status_reason) == (
        Status.UNKNOWN,
        "2 of 3 partitions: lag is unknown, access to the topic is denied.",
    )


def test_a_forbidden_topic_is_read_again_once_it_is_allowed(world: Sampled) -> None:
    world.kafka.forbidden.add("t")
    world.ticks(2)
    world.kafka.forbidden.clear()
    world.tick()
    assert (world.group("g").lag, world.group("g").unknown_partitions) == (6, 0)
    assert world.read("g", "t").flags == [ReadingFlag.NORMAL, ReadingFlag.NORMAL]


def test_a_topic_deleted_while_it_was_forbidden_goes_once_that_is_told(world: Sampled) -> None:
    world.kafka.forbidden.add("t")
    world.tick()
    del world.kafka.topics["t"]
    world.ticks(2)
    assert is_there(world, "t")
    world.kafka.forbidden.clear()
    world.tick()
    assert not is_there(world, "t")
    assert (world.group("g").lag, world.group("g").partitions) == (0, 1)


def test_only_topics_that_are_missing_are_asked_for_and_a_deleted_one_once(world: Sampled) -> None:
    asked: list[Sequence[str]] = []

    class Watched(MemoryReader):
        def topic_codes(self, names: Sequence[str]) -> dict[str, int]:
            asked.append(names)
            return super().topic_codes(names)

    world.tick(by=Watched)
    assert asked == []
    del world.kafka.topics["u"]
    world.tick(by=Watched)
    world.tick(by=Watched)
    assert asked == [["u"]]
    assert not is_there(world, "u")


def test_a_forbidden_name_that_was_never_known_is_no_topic(world: Sampled) -> None:
    world.kafka.create_topic("secret", 1)
    world.kafka.forbidden.add("secret")
    world.kafka.commit("g", {("secret", 0): 1})
    world.kafka.groups["g"].members = (member(t=(0, 1), secret=(0,)),)
    world.ticks(2)
    assert set(Topic.objects.values_list("name", flat=True)) == {"t", "u"}
    assert world.group("g").partitions == 3


def test_a_forbidden_topic_that_a_member_holds_is_not_said_to_lack_commits(world: Sampled) -> None:
    world.kafka.groups["g"].members = (member(t=(0, 1)),)
    world.kafka.forbidden.add("t")
    world.ticks(2)
    assert world.read("g", "t").flags == [DENIED, DENIED]


def test_a_restart_forgets_no_forbidden_topic(world: Sampled) -> None:
    world.kafka.forbidden.add("t")
    world.tick()
    world.restart()
    world.ticks(2)
    assert is_there(world, "t")
    assert world.read("g", "t").flags == [DENIED, DENIED]


def test_a_restart_after_samples_are_gone_forgets_no_forbidden_topic(world: Sampled) -> None:
    world.kafka.forbidden.add("t")
    world.tick()
    world.restart()
    Tick.objects.all().delete()
    world.ticks(2)
    assert is_there(world, "t")
    assert world.read("g", "t").flags == [DENIED, DENIED]


def test_a_forbidden_topic_can_be_left_out(world: Sampled) -> None:
    world.kafka.forbidden.add("t")
    world.tick()
    Cluster.objects.filter(pk=world.row.pk).update(exclude_topics=["t"])
    world.tick()
    assert not is_there(world, "t")
    assert (world.group("g").lag, world.group("g").unknown_partitions) == (0, 0)


def test_a_topic_forbidden_in_mid_tick_leaves_no_view_either(world: Sampled) -> None:
    class Forbidding(MemoryReader):
        def commits(self, names: Sequence[str], partitions: PartitionIndex) -> CommitColumns:
            world.kafka.forbidden.add("t")
            return super().commits(names, partitions)

    world.tick(by=Forbidding)
    assert is_there(world, "t")
    assert world.read("g", "t").flags == [DENIED, DENIED]
    world.tick()
    assert world.read("g", "t").flags == [DENIED, DENIED]


def test_a_new_topic_forbidden_in_its_first_tick_spoils_nothing(world: Sampled) -> None:
    class Forbidding(MemoryReader):
        def commits(self, names: Sequence[str], partitions: PartitionIndex) -> CommitColumns:
            world.kafka.forbidden.add("new")
            return super().commits(names, partitions)

    world.kafka.create_topic("new", 1)
    assert world.tick(by=Forbidding) is Tick.State.DONE
    assert world.group("g").unknown_partitions == 0


def test_a_missing_topic_of_which_nobody_tells_is_unknown_and_not_gone(world: Sampled) -> None:
    class Mute(MemoryReader):
        def topic_codes(self, names: Sequence[str]) -> dict[str, int]:
            return dict.fromkeys(names, -185)

    del world.kafka.topics["t"]
    world.tick(by=Mute)
    assert is_there(world, "t")
    assert world.read("g", "t").flags == [ReadingFlag.UNREADABLE] * 2
    world.tick()
    assert not is_there(world, "t")


def test_a_topic_that_comes_back_while_it_is_asked_for_is_not_gone(world: Sampled) -> None:
    class Late(MemoryReader):
        def topic_codes(self, names: Sequence[str]) -> dict[str, int]:
            world.kafka.forbidden.clear()
            return super().topic_codes(names)

    world.kafka.forbidden.add("t")
    world.tick(by=Late)
    assert is_there(world, "t")
    assert world.group("g").unknown_partitions == 2
    world.tick()
    assert (world.group("g").lag, world.group("g").unknown_partitions) == (6, 0)


def test_a_partition_without_leader_keeps_its_commit_and_says_so(world: Sampled) -> None:
    world.kafka.topics["t"][0].has_leader = False
    world.tick()
    read = world.read("g", "t")
    assert (read.committed, read.log_end) == ([4, 10], [None, 10])
    assert read.flags == [ReadingFlag.UNREADABLE | ReadingFlag.LEADERLESS, ReadingFlag.NORMAL]
    assert world.group("g").status_reason == (
        "1 of 3 partitions: lag is unknown, the partition has no leader."
    )


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (FORBIDDEN_GROUP, "access to the group is denied"),
        (NO_COORDINATOR, "the coordinator is not available"),
        (-185, "the broker did not answer in time"),
    ],
)
def test_a_group_that_is_not_listed_and_of_which_nobody_tells_is_unknown_and_never_gone(
    world: Sampled, code: int, why: str
) -> None:
    world.kafka.groups["g"] = replace(world.kafka.groups["g"], is_listed=False, error=code)
    world.kafka.commit("other", {("u", 0): 7})
    world.ticks(4)
    world.restart()
    world.tick()
    group = world.group("g")
    assert (group.gone_at, group.missing_since, group.unknown_partitions) == (None, None, 3)
    assert (group.status, group.lag) == (Status.UNKNOWN, None)
    assert group.status_reason == f"3 of 3 partitions: lag is unknown, {why}."
    assert world.group("other").status == Status.OK


def test_a_group_that_was_missing_before_it_was_forbidden_is_there_until_that_ends(
    world: Sampled,
) -> None:
    world.kafka.groups["g"].is_listed = False
    world.tick()
    world.kafka.groups["g"].error = FORBIDDEN_GROUP
    world.ticks(2)
    assert (world.group("g").gone_at, world.group("g").missing_since) == (None, None)
    world.kafka.groups["g"].error = 0
    world.tick()
    assert world.group("g").missing_since is not None
    world.tick()
    assert world.group("g").gone_at is not None


def test_a_forbidden_group_that_was_never_known_is_no_group(world: Sampled) -> None:
    world.kafka.commit("secret", {("t", 0): 1})
    world.kafka.groups["secret"] = replace(
        world.kafka.groups["secret"], is_listed=False, error=FORBIDDEN_GROUP
    )
    world.ticks(2)
    assert set(world.row.groups.values_list("name", flat=True)) == {"g"}
