"""What operators acknowledge, as ticks judge by it."""

from datetime import timedelta

import numpy as np
import pytest

from monitor.errors import AcknowledgementError
from monitor.kafka.ports import TopicDetail
from monitor.lag.acknowledge import acknowledge, lost_places
from monitor.lag.acknowledged import Acknowledged, drop_outlived
from monitor.lag.memory import memory_of
from monitor.lag.purge import purge
from monitor.lag.rows import keys
from monitor.models import Cluster, GroupTopic, LossAcknowledgement, StatusChange
from monitor.shards import Shard
from monitor.values import Actor, Status
from tests.monitor.lag.worlds import Sampled, member

ANN = Actor("ann", 7, "page")


@pytest.fixture(params=["one process", "a restart before each tick", "two processes in turn"])
def world(sampled: Sampled, request: pytest.FixtureRequest) -> Sampled:
    """Group `g` has lost ten records of `t` 0: it was at 10, and the log starts at 20."""
    sampled.kafka.groups["g"].members = (member(t=(0, 1)),)
    if request.param == "a restart before each tick":
        sampled.between = sampled.restart
    if request.param == "two processes in turn":
        sampled.between = sampled.take_turns
    sampled.ticks(2)
    commit = sampled.kafka.groups["g"].commits["t", 0]
    sampled.kafka.append("t", 0, 100)
    delete(sampled, commit + 10)
    return sampled


def delete(world: Sampled, log_start: int) -> None:
    world.kafka.delete_records("t", 0, log_start)
    world.read_log_starts()
    world.ticks(2)


def create(world: Sampled, topic_id: str) -> None:
    """The topic anew, with ten records of which one is handled."""
    world.kafka.create_topic("t", 2)
    world.kafka.details["t"] = TopicDetail(kafka_topic_id=topic_id)
    for number in range(2):
        world.kafka.append("t", number, 10)
    world.kafka.commit("g", {("t", 0): 1, ("t", 1): 10})
    world.ticks(1)


def lost(world: Sampled) -> int | None:
    return world.group("g").lost_records


def say(world: Sampled) -> int:
    return acknowledge(ANN, world.group("g").pk, reason="known").lost_records


@pytest.mark.django_db
def test_an_acknowledged_loss_is_no_longer_losing_and_a_later_one_is(world: Sampled) -> None:
    assert (world.status("g"), lost(world)) == (Status.LOSING, 10)
    assert say(world) == 10
    world.ticks(3)
    assert world.status("g") not in {Status.LOSING, Status.UNKNOWN}
    assert lost(world) == 0
    delete(world, world.kafka.topics["t"][0].log_start + 4)
    assert (world.status("g"), lost(world)) == (Status.LOSING, 4)
    assert world.group("g").status_reason.startswith("1 of 2 partitions: 4 records were deleted")
    assert say(world) == 4
    world.ticks(3)
    assert lost(world) == 0
    turned = StatusChange.objects.filter(group=world.group("g")).order_by("at", "id")
    assert [one for one in turned.values_list("after", flat=True) if one == "LOSING"] == [
        "LOSING",
        "LOSING",
    ]


@pytest.mark.django_db
def test_an_acknowledgement_goes_once_the_group_has_committed_past_it(world: Sampled) -> None:
    assert say(world) == 10
    log = world.kafka.topics["t"][0]
    world.kafka.commit("g", {("t", 0): log.log_start - 1})
    world.ticks(1)
    assert (LossAcknowledgement.objects.count(), lost(world)) == (1, 0)
    world.kafka.commit("g", {("t", 0): log.log_start})
    world.ticks(1)
    assert (LossAcknowledgement.objects.count(), lost(world)) == (0, 0)
    # Set back by hand, below the log start: nothing is lost by that.
    world.kafka.commit("g", {("t", 0): log.log_start - 5})
    world.ticks(1)
    assert lost(world) == 0


@pytest.mark.django_db
def test_what_is_acknowledged_says_nothing_of_a_topic_made_anew(world: Sampled) -> None:
    assert say(world) == 10
    LossAcknowledgement.objects.update(kafka_topic_id="another")
    world.ticks(2)
    assert lost(world) == 10


@pytest.mark.django_db
def test_a_topic_made_anew_makes_its_acknowledgements_void(world: Sampled) -> None:
    world.kafka.details["t"] = TopicDetail(kafka_topic_id="old")
    world.ticks(1)
    assert say(world) == 10
    world.ticks(1)
    assert LossAcknowledgement.objects.get().kafka_topic_id == "old"
    create(world, "new")
    delete(world, 6)
    assert (world.status("g"), lost(world)) == (Status.LOSING, 5)
    purge(world.now - timedelta(days=1))
    assert not LossAcknowledgement.objects.exists()


@pytest.mark.django_db
def test_where_no_ids_are_told_a_shorter_log_is_another(world: Sampled) -> None:
    assert say(world) == 10
    create(world, "")
    world.ticks(1)
    assert not LossAcknowledgement.objects.exists()


@pytest.mark.django_db
def test_a_start_that_goes_back_for_a_moment_brings_no_loss_back(world: Sampled) -> None:
    assert say(world) == 10
    log = world.kafka.topics["t"][0]
    log.log_start -= 1
    world.read_log_starts()
    world.ticks(1)
    assert lost(world) == 0
    log.log_start += 3
    world.read_log_starts()
    world.ticks(1)
    assert lost(world) == 2


@pytest.mark.django_db
def test_what_is_acknowledged_anew_during_a_tick_stays(world: Sampled) -> None:
    assert say(world) == 10
    log_start = world.kafka.topics["t"][0].log_start
    row = LossAcknowledgement.objects.get()
    known = Acknowledged({row.pk: np.array([log_start])}, {row.pk: world.now})
    keys_of_row = keys(np.array([row.pk]), np.array([0]))
    past = np.array([log_start])
    drop_outlived(known, keys_of_row, past, past)
    assert LossAcknowledgement.objects.exists()
    drop_outlived(Acknowledged.stored(world.row.pk), keys_of_row, past, past)
    assert not LossAcknowledgement.objects.exists()


@pytest.mark.django_db
def test_other_clusters_and_what_is_gone_are_left_out(world: Sampled) -> None:
    assert say(world) == 10
    assert len(Acknowledged.stored(world.row.pk).offsets) == 1
    assert not Acknowledged.stored(world.row.pk + 1).offsets
    GroupTopic.objects.update(gone_at=world.now)
    assert not Acknowledged.stored(world.row.pk).offsets


@pytest.mark.django_db
def test_what_is_allowed_to_lag_is_no_loss(world: Sampled) -> None:
    Cluster.objects.update(allowed_lags={"*": 10})
    world.ticks(1)
    assert lost(world) == 0
    with pytest.raises(AcknowledgementError):
        say(world)
    Cluster.objects.update(allowed_lags={"*": 9})
    world.ticks(1)
    assert lost(world) == 10


@pytest.mark.django_db
def test_a_commit_set_back_beside_a_loss_is_none(world: Sampled) -> None:
    world.kafka.append("t", 1, 10)
    world.kafka.delete_records("t", 1, 15)
    world.kafka.commit("g", {("t", 1): 15})
    world.read_log_starts()
    world.ticks(1)
    world.kafka.commit("g", {("t", 1): 3})
    world.ticks(1)
    [place] = lost_places(world.group("g"))
    assert (place.partition, place.lost_records) == (0, lost(world))


@pytest.mark.django_db
@pytest.mark.parametrize("reads_first", [0, 1])
def test_shards_acknowledge_what_the_groups_own_shard_has_seen(reads_first: int) -> None:
    """The topic's shard may know a newer log start, or an older one."""
    cut = Sampled(shards=2)
    mine, other = Shard(0, 2), Shard(1, 2)
    group = next(name for name in map(str, range(99)) if mine.owns(name))
    topic = next(name for name in map(str, range(99)) if other.owns(name))
    cut.kafka.create_topic(topic, 1)
    cut.kafka.append(topic, 0, 100)
    cut.kafka.commit(group, {(topic, 0): 10})
    cut.tick()
    cut.tick()
    for log_start, number in ((20, 0), (50, 1)):
        cut.kafka.delete_records(topic, 0, log_start)
        shard = number if reads_first == 0 else 1 - number
        memory_of(cut.row.pk, Shard(shard, 2)).read_at.pop(("log starts", ""), None)
        cut.tick()
    seen = 20 if reads_first == 0 else 50
    done = acknowledge(ANN, cut.group(group).pk, reason="known")
    assert [place.lost_to for place in done.places] == [seen]
    cut.tick()
    assert cut.group(group).lost_records == 0
    memory_of(cut.row.pk, mine).read_at.pop(("log starts", ""), None)
    cut.tick()
    assert cut.group(group).lost_records == 50 - seen


@pytest.mark.django_db
def test_an_id_that_is_told_later_is_of_the_log_that_was_acknowledged(world: Sampled) -> None:
    assert say(world) == 10
    assert LossAcknowledgement.objects.get().kafka_topic_id == ""
    world.kafka.details["t"] = TopicDetail(kafka_topic_id="one")
    world.ticks(1)
    assert (LossAcknowledgement.objects.get().kafka_topic_id, lost(world)) == ("one", 0)


@pytest.mark.django_db
def test_a_commit_that_is_unknown_now_has_lost_nothing(world: Sampled) -> None:
    del world.kafka.groups["g"].commits["t", 0]
    world.ticks(1)
    assert not lost_places(world.group("g"))
    assert lost(world) == 0  # of the other partition; this one has no commit
    # In an emptied log the lag is known without one.
    delete(world, world.kafka.topics["t"][0].log_end)
    assert world.group("g").unknown_partitions == 0
    assert not lost_places(world.group("g"))


@pytest.mark.django_db
def test_an_unknown_lag_has_an_unknown_loss(sampled: Sampled) -> None:
    sampled.ticks(1)
    assert sampled.group("g").lost_records == 0
    sampled.kafka.groups["g"].commits.clear()
    sampled.kafka.groups["g"].members = (member(t=(0,)),)
    sampled.kafka.append("t", 0, 1)
    sampled.ticks(1)
    assert sampled.group("g").lost_records is None


def test_rows_without_an_offset_have_nothing_acknowledged() -> None:
    said = Acknowledged({5: np.array([-1, 30]), 7: np.array([9])})
    read, number = np.array([4, 5, 5, 5, 6, 7]), np.array([0, 0, 1, 2, 0, 0])
    log_end = np.array([99, 99, 30, 99, 99, -1])
    assert said.of(keys(read, number), log_end).tolist() == [-1, -1, 30, -1, -1, 9]


def test_a_log_that_ends_before_the_offset_is_another() -> None:
    said = Acknowledged({5: np.array([30])})
    assert said.of(keys(np.array([5]), np.array([0])), np.array([29])).tolist() == [-1]


@pytest.mark.parametrize(
    ("committed", "log_end", "outlived"),
    [
        ([0, 29], 99, []),
        ([0, 30], 99, [5]),
        ([0, -1], 99, []),
        ([-1, 31], 99, [5]),
        ([0, 29], -1, []),
        ([0, 29], 29, [5]),
    ],
)
def test_only_what_was_acknowledged_has_to_be_committed_past(
    committed: list[int], log_end: int, outlived: list[int]
) -> None:
    said = Acknowledged({5: np.array([-1, 30])})
    rows = keys(np.array([5, 5]), np.array([0, 1]))
    ends = np.array([99, log_end])
    assert said.outlived(rows, np.array(committed), ends) == outlived


def test_what_is_not_read_now_is_not_outlived() -> None:
    said = Acknowledged({5: np.array([30])})
    assert said.outlived(keys(np.array([4]), np.array([0])), np.array([99]), np.array([99])) == []
