import pytest

from monitor.kafka.memory import MemoryReader
from monitor.kafka.ports import CommitColumns, PartitionIndex
from monitor.models import Cluster, GroupTopic, Tick, Topic
from tests.monitor.lag.worlds import Sampled

pytestmark = pytest.mark.django_db
DONE = Tick.State.DONE


@pytest.fixture
def world(sampled: Sampled) -> Sampled:
    """Group `g` also reads `u`, and another group is there."""
    sampled.kafka.create_topic("u", 1)
    sampled.kafka.append("u", 0, 7)
    sampled.kafka.commit("g", {("u", 0): 2})
    sampled.kafka.commit("other", {("t", 0): 1})
    return sampled


def choose(world: Sampled, **patterns: list[str]) -> None:
    Cluster.objects.filter(pk=world.row.pk).update(**patterns)


def test_an_excluded_group_is_neither_read_nor_stored(world: Sampled) -> None:
    asked: list[str] = []

    class Watched(MemoryReader):
        def commits(self, names: tuple[str, ...], partitions: PartitionIndex) -> CommitColumns:  # type: ignore[override] # asked with a tuple only
            asked.extend(names)
            return super().commits(names, partitions)

    choose(world, exclude_groups=["o*"])
    world.tick(by=Watched)
    assert asked == ["g"]
    assert [group.name for group in world.row.groups.all()] == ["g"]


def test_a_group_excluded_after_it_was_seen_leaves_the_views_at_once_and_comes_back(
    world: Sampled,
) -> None:
    world.ticks(2)
    choose(world, include_groups=["g"])
    world.tick()
    assert world.group("other").gone_at is not None
    assert world.group("g").gone_at is None
    choose(world, include_groups=[])
    world.tick()
    assert world.group("other").gone_at is None


def test_lag_of_an_excluded_topic_counts_no_more(world: Sampled) -> None:
    world.tick()
    assert world.group("g").lag == 6 + 5
    choose(world, exclude_topics=["t"])
    world.tick()
    assert world.group("g").lag == 5
    assert Topic.objects.get(name="t").gone_at is not None
    assert GroupTopic.objects.get(group=world.group("g"), topic__name="t").gone_at is not None


def test_how_many_are_left_out_is_counted_without_kafkas_own(world: Sampled) -> None:
    assert (world.tick(), world.state.left_out_groups, world.state.left_out_topics) == (DONE, 0, 0)
    world.kafka.create_topic("__consumer_offsets", 1)
    choose(world, include_groups=["other"], exclude_topics=["t", "u", "__*"])
    world.tick()
    assert (world.state.left_out_groups, world.state.left_out_topics) == (1, 2)


def test_each_shard_counts_the_whole_cluster(world: Sampled) -> None:
    choose(world, exclude_groups=["*"])
    world.row.shards = 3
    world.row.save(update_fields=["shards"])
    world.tick()
    assert world.state.left_out_groups == 2
