"""What ticks make of the rules after the window's, over restarts too."""

from datetime import timedelta

import pytest
from django.conf import LazySettings

from monitor.lag.memory import memory_of
from monitor.models import Cluster, CommitTrail, StatusChange
from monitor.values import Status
from tests.monitor.lag.worlds import Sampled, member

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture(params=["one process", "a restart before each tick", "two processes in turn"])
def world(sampled: Sampled, request: pytest.FixtureRequest) -> Sampled:
    """Group `g` with a member; what it shows is the same whether processes last or not.

    It begins on the next hour, for slots of an hour do too.
    """
    sampled.now = sampled.now.replace(minute=0, second=0, microsecond=0) + HOUR
    sampled.kafka.groups["g"].members = (member(t=(0, 1)),)
    if request.param == "a restart before each tick":
        sampled.between = sampled.restart
    if request.param == "two processes in turn":
        sampled.between = sampled.take_turns
    return sampled


def work(world: Sampled, *, rounds: int, ticks: int) -> None:
    """Ten records in each tick, all but ten of them handled in one go, once in `ticks` ticks."""
    for _ in range(rounds):
        for tick in range(ticks):
            world.kafka.append("t", 0, 10)
            if not tick:
                end = world.kafka.topics["t"][0].log_end
                world.kafka.commit("g", {("t", 0): end - 10})
            world.tick()


def test_records_deleted_before_they_were_read_are_lost_until_the_commit_moves(
    world: Sampled,
) -> None:
    world.ticks(2)
    world.kafka.append("t", 0, 20_000)
    world.kafka.delete_records("t", 0, 12_349)
    world.read_log_starts()
    world.ticks(2)
    group = world.group("g")
    assert group.status == Status.LOSING
    assert group.status_reason == (
        "1 of 2 partitions: 12,345 records were deleted before they were read, lag 7,661 records."
    )
    world.kafka.commit("g", {("t", 0): 20_010})
    world.tick()
    assert world.status("g") == Status.OK


def test_a_commit_beyond_the_end_is_truncated(world: Sampled) -> None:
    world.kafka.commit("g", {("t", 1): 11})
    world.ticks(2)
    assert world.status("g") == Status.TRUNCATED
    assert world.group("g").status_reason == (
        "1 of 2 partitions: the committed offset lies beyond the log end: "
        "the topic was made anew or cut."
    )
    assert world.read("g", "t").statuses[1] == Status.TRUNCATED


def test_a_slow_committer_is_held_back_for_three_usual_waits_once_they_are_known(
    world: Sampled,
) -> None:
    work(world, rounds=1, ticks=13)
    assert world.status("g") == Status.STALL
    work(world, rounds=10, ticks=13)
    assert world.status("g") == Status.WARN
    turns = world.changes("g")
    assert "STALL" in turns
    work(world, rounds=1, ticks=46)
    assert world.status("g") == Status.WARN
    assert world.group("g").status_reason == (
        "1 of 2 partitions: the committed offset has not moved in the last 10 samples, "
        "lag 460 records; held back: it usually commits within 150 s."
    )
    assert "STALL" not in world.changes("g")[len(turns) :]
    world.tick()
    assert world.status("g") == Status.STALL


def test_a_group_that_nobody_uses_for_a_day_is_abandoned_until_somebody_does(
    world: Sampled,
) -> None:
    world.kafka.groups["g"].members = ()
    world.ticks(3)
    assert world.status("g") == Status.STOP
    world.every(HOUR)
    world.ticks(23)
    assert world.status("g") == Status.STOP
    world.kafka.append("t", 0, 100)
    world.kafka.delete_records("t", 0, 50)
    world.read_log_starts()
    world.tick()
    assert world.status("g") == Status.LOSING
    world.tick()
    group = world.group("g")
    assert (group.status, group.last_status) == (Status.ABANDONED, Status.LOSING)
    assert group.status_reason == "No member is there, and no commit has moved for 25 h."
    assert world.read("g", "t").statuses == [Status.ABANDONED] * 2
    world.ticks(3)
    assert world.group("g").last_status == Status.LOSING
    world.kafka.groups["g"].members = (member(t=(0, 1)),)
    world.tick()
    group = world.group("g")
    assert (group.status, group.last_status) == (Status.LOSING, "")


def test_who_is_stuck_with_its_members_is_not_abandoned_when_they_leave(world: Sampled) -> None:
    world.every(HOUR)
    world.ticks(30)
    world.kafka.groups["g"].members = ()
    world.ticks(2)
    assert world.status("g") == Status.STOP


def test_nobody_is_abandoned_where_members_are_not_told(world: Sampled) -> None:
    world.kafka.tells_members = False
    world.every(HOUR)
    world.ticks(30)
    assert world.status("g") == Status.STALL


def test_a_group_that_cannot_be_read_is_unknown_however_long_it_was_unused(
    world: Sampled,
) -> None:
    world.kafka.groups["g"].members = ()
    world.every(HOUR)
    world.ticks(26)
    assert world.status("g") == Status.ABANDONED
    world.kafka.groups["g"].error = 30
    world.tick()
    assert world.status("g") == Status.UNKNOWN
    world.kafka.groups["g"].error = 0
    world.tick()
    assert world.status("g") == Status.ABANDONED


def test_a_group_without_any_commit_is_abandoned_too(world: Sampled) -> None:
    world.kafka.commit("empty", {})
    world.every(HOUR)
    world.ticks(23)
    assert world.status("empty") == Status.UNKNOWN
    world.ticks(2)
    assert world.group("empty").last_status == Status.UNKNOWN


def test_abandoned_after_can_be_set(world: Sampled, settings: LazySettings) -> None:
    settings.HIGHWATER_ABANDONED_AFTER_HOURS = 2
    world.kafka.groups["g"].members = ()
    world.every(HOUR)
    world.ticks(4)
    assert world.status("g") == Status.ABANDONED


def test_a_status_turns_once_it_held(world: Sampled, settings: LazySettings) -> None:
    settings.HIGHWATER_STATUS_TICKS = 3
    world.kafka.commit("g", {("t", 0): 10})
    world.ticks(2)
    world.kafka.append("t", 0, 5)
    world.kafka.commit("g", {("t", 0): 3})
    world.ticks(2)
    group = world.group("g")
    assert (group.status, group.raw_status, group.raw_ticks) == (Status.OK, Status.REWIND, 2)
    assert group.status_reason == "Caught up."
    world.tick()
    group = world.group("g")
    assert (group.status, group.raw_status, group.raw_ticks) == (Status.REWIND, Status.REWIND, 0)
    change = StatusChange.objects.filter(group=group).latest("at")
    assert (change.before, change.after, change.at) == ("OK", "REWIND", group.sampled_at)
    world.kafka.commit("g", {("t", 0): 15})
    world.ticks(2)
    assert world.status("g") == Status.REWIND
    world.tick()
    assert world.status("g") == Status.OK


def test_trails_are_stored_bit_by_bit_and_go_with_what_was_read(sampled: Sampled) -> None:
    sampled.ticks(9)
    before = CommitTrail.objects.count()
    sampled.ticks(1)
    assert (before, CommitTrail.objects.count()) in {(0, 1), (1, 1)}
    [trail] = CommitTrail.objects.all()
    trail.group_topic.delete()
    assert not CommitTrail.objects.exists()


def test_a_trail_of_another_version_is_learnt_anew(sampled: Sampled) -> None:
    sampled.ticks(11)
    CommitTrail.objects.update(form=99, partitions=b"?")
    sampled.restart()
    sampled.ticks(2)
    assert memory_of(sampled.row.pk).trail.committed.tolist() == [4, 10]


def test_a_lag_that_is_allowed_counts_as_caught_up(world: Sampled) -> None:
    Cluster.objects.filter(pk=world.row.pk).update(allowed_lags={"g*": 6})
    world.ticks(12)
    group = world.group("g")
    assert (group.status, group.status_reason) == (
        Status.OK,
        "Caught up: a lag of 6 records is allowed.",
    )
    world.kafka.append("t", 0, 1)
    world.ticks(11)
    assert world.status("g") == Status.STALL


def test_as_many_records_as_are_allowed_may_be_deleted_unread(world: Sampled) -> None:
    Cluster.objects.filter(pk=world.row.pk).update(allowed_lags={"g": 2})
    world.kafka.commit("g", {("t", 0): 8})
    world.kafka.delete_records("t", 0, 10)
    world.ticks(2)
    assert world.status("g") == Status.OK
    world.kafka.append("t", 0, 1)
    world.kafka.delete_records("t", 0, 11)
    world.read_log_starts()
    world.ticks(1)
    assert world.status("g") == Status.LOSING
