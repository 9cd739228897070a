"""What operators acknowledge, as ticks judge by it."""

import numpy as np
import pytest

from monitor.kafka.ports import TopicDetail
from monitor.lag.acknowledge import acknowledge
from monitor.lag.acknowledged import Acknowledged
from monitor.lag.rows import keys
from monitor.models import LossAcknowledgement, StatusChange
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


def lost(world: Sampled) -> int | None:
    return world.group("g").lost_records


def say(world: Sampled, lost_records: int) -> None:
    acknowledge(ANN, world.group("g").pk, lost_records=lost_records, reason="known")


@pytest.mark.django_db
def test_an_acknowledged_loss_is_no_longer_losing_and_a_later_one_is(world: Sampled) -> None:
    assert (world.status("g"), lost(world)) == (Status.LOSING, 10)
    say(world, 10)
    world.ticks(3)
    assert world.status("g") not in {Status.LOSING, Status.UNKNOWN}
    assert lost(world) == 0
    delete(world, world.kafka.topics["t"][0].log_start + 4)
    assert (world.status("g"), lost(world)) == (Status.LOSING, 4)
    assert world.group("g").status_reason.startswith("1 of 2 partitions: 4 records were deleted")
    say(world, 4)
    world.ticks(3)
    assert lost(world) == 0
    turned = StatusChange.objects.filter(group=world.group("g")).order_by("at", "id")
    assert [one for one in turned.values_list("after", flat=True) if one == "LOSING"] == [
        "LOSING",
        "LOSING",
    ]


@pytest.mark.django_db
def test_an_acknowledgement_goes_once_the_group_has_committed_past_it(world: Sampled) -> None:
    say(world, 10)
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
    say(world, 10)
    LossAcknowledgement.objects.update(kafka_topic_id="another")
    world.ticks(2)
    assert lost(world) == 10


@pytest.mark.django_db
def test_a_topic_made_anew_takes_its_acknowledgements_along(world: Sampled) -> None:
    world.kafka.details["t"] = TopicDetail(kafka_topic_id="old")
    world.ticks(1)
    say(world, 10)
    world.ticks(1)
    assert LossAcknowledgement.objects.get().kafka_topic_id == "old"
    world.kafka.create_topic("t", 2)
    world.kafka.details["t"] = TopicDetail(kafka_topic_id="new")
    world.ticks(1)
    assert not LossAcknowledgement.objects.exists()


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
    assert said.of(keys(read, number)).tolist() == [-1, -1, 30, -1, -1, 9]


@pytest.mark.parametrize(
    ("committed", "outlived"),
    [([0, 29], []), ([0, 30], [5]), ([0, -1], []), ([-1, 31], [5])],
)
def test_only_what_was_acknowledged_has_to_be_committed_past(
    committed: list[int], outlived: list[int]
) -> None:
    said = Acknowledged({5: np.array([-1, 30])})
    rows = keys(np.array([5, 5]), np.array([0, 1]))
    assert said.outlived(rows, np.array(committed)) == outlived


def test_what_is_not_read_now_is_not_outlived() -> None:
    said = Acknowledged({5: np.array([30])})
    assert said.outlived(keys(np.array([4]), np.array([0])), np.array([99])) == []
