import time
from collections.abc import Sequence
from datetime import timedelta

import pytest

from monitor.kafka.codes import in_words
from monitor.kafka.memory import MemoryGroup, MemoryReader
from monitor.kafka.ports import (
    GroupListing,
    Member,
    Membership,
)
from monitor.lag import memory
from monitor.lag.collect import collect
from monitor.lag.memory import memory_of
from monitor.models import Cluster, StatusChange, Tick
from monitor.series.read import group_series
from monitor.shards import ALL
from monitor.values import ReadingFlag, Status
from tests.monitor.lag.worlds import Sampled, member

pytestmark = pytest.mark.django_db


def test_a_groups_lag_is_what_it_has_not_handled(sampled: Sampled) -> None:
    assert sampled.tick() is Tick.State.DONE
    group = sampled.group("g")
    assert (group.lag, group.lag_max, group.partitions, group.unknown_partitions) == (6, 6, 2, 0)
    read = sampled.read("g", "t")
    assert (read.committed, read.log_end, read.log_start) == ([4, 10], [10, 10], [0, 0])
    assert read.flags == [ReadingFlag.NORMAL] * 2


def test_samples_and_latest_rows_say_the_same(sampled: Sampled) -> None:
    sampled.tick()
    group = sampled.group("g")
    series = group_series(
        group.pk, start=sampled.now - timedelta(minutes=1), end=sampled.now + timedelta(minutes=1)
    )
    assert (series.lag, series.status) == ([6], [group.status])
    assert series.times == [group.sampled_at.timestamp() if group.sampled_at else None]


def test_lag_that_grows_becomes_a_warning_with_its_reason(sampled: Sampled) -> None:
    for _ in range(3):
        sampled.fall_behind()
        sampled.tick()
    group = sampled.group("g")
    assert group.status == Status.WARN
    assert group.status_reason == (
        "1 of 2 partitions: lag grew in each of the last 3 samples, now 21 records."
    )
    [change] = StatusChange.objects.filter(group=group)
    assert (change.before, change.after) == ("UNKNOWN", "WARN")


@pytest.mark.parametrize(
    ("members", "status"), [((member(t=(0, 1)),), Status.STALL), ((), Status.STOP)]
)
def test_an_offset_that_stands_still_is_judged_by_who_is_there(
    sampled: Sampled, members: tuple[Member, ...], status: Status
) -> None:
    sampled.kafka.groups["g"].members = members
    sampled.ticks(3)
    assert sampled.status("g") == status
    assert "in the last 3 samples, lag 6 records" in sampled.group("g").status_reason
    sampled.restart()
    sampled.tick()
    assert sampled.status("g") == status


def test_who_does_not_say_whether_members_are_there_lets_the_rule_stand(sampled: Sampled) -> None:
    sampled.kafka.tells_members = False
    sampled.ticks(3)
    assert sampled.status("g") == Status.STALL


def test_a_commit_that_goes_back_is_a_rewind_until_it_is_made_up_for(sampled: Sampled) -> None:
    sampled.fall_behind()
    sampled.ticks(2)
    sampled.kafka.commit("g", {("t", 0): 1})
    sampled.tick()
    assert sampled.status("g") == Status.REWIND
    sampled.kafka.commit("g", {("t", 0): 6})
    sampled.tick()
    assert sampled.status("g") == Status.OK


def test_a_group_that_catches_up_is_ok_again(sampled: Sampled) -> None:
    sampled.ticks(3)
    sampled.kafka.commit("g", {("t", 0): 10})
    sampled.tick()
    assert (sampled.status("g"), sampled.group("g").status_reason) == (Status.OK, "Caught up.")
    newest = StatusChange.objects.filter(group=sampled.group("g")).first()
    assert newest is not None
    assert (newest.before, newest.after) == ("STOP", "OK")


def test_a_restart_forgets_nothing(sampled: Sampled) -> None:
    for _ in range(4):
        sampled.fall_behind()
        sampled.tick()
    sampled.restart()
    sampled.fall_behind()
    sampled.tick()
    group = sampled.group("g")
    assert "in each of the last 5 samples, now 31 records" in group.status_reason
    assert group.produced_per_second == 0.6


def test_a_memory_that_missed_ticks_of_another_process_loads_them(sampled: Sampled) -> None:
    sampled.ticks(2)
    mine = memory._memories.pop((sampled.row.pk, ALL))
    sampled.ticks(2)
    memory._memories[sampled.row.pk, ALL] = mine
    sampled.tick()
    assert "in the last 5 samples" in sampled.group("g").status_reason


@pytest.mark.parametrize("is_restarted", [False, True])
def test_time_lag_is_how_long_ago_the_next_record_was_appended(
    sampled: Sampled, is_restarted: bool
) -> None:
    for _ in range(3):
        sampled.tick()
        sampled.kafka.append("t", 0, 10)
    if is_restarted:
        sampled.restart()
    sampled.kafka.commit("g", {("t", 0): 20})
    sampled.tick()
    # Ends were 10, 20, 30, 40 at ten seconds each: the log stood at 20 twenty seconds ago.
    assert sampled.group("g").time_lag_seconds == pytest.approx(20, abs=0.1)
    assert sampled.read("g", "t").time_lag_methods == ["timeline", "timeline"]


def test_time_lag_is_unknown_before_the_timeline_and_no_caught_up_partition_hides_it(
    sampled: Sampled,
) -> None:
    sampled.ticks(3)
    assert sampled.read("g", "t").time_lag_seconds == [None, 0.0]
    assert sampled.group("g").time_lag_seconds is None


def test_rates_are_of_the_last_minute(sampled: Sampled) -> None:
    sampled.tick()
    sampled.kafka.append("t", 0, 100)
    sampled.kafka.commit("g", {("t", 0): 54})
    sampled.tick()
    group = sampled.group("g")
    assert (group.produced_per_second, group.consumed_per_second) == (10.0, 5.0)
    tick = Tick.objects.latest("slot_at")
    assert (tick.produced_per_second, tick.consumed_per_second) == (10.0, 5.0)


def test_a_cluster_that_is_sampled_every_five_minutes_has_rates(sampled: Sampled) -> None:
    sampled.every(timedelta(minutes=5))
    sampled.tick()
    sampled.kafka.append("t", 0, 3000)
    sampled.tick()
    assert sampled.group("g").produced_per_second == 10.0


def test_a_topic_that_is_new_or_unreadable_takes_nothing_off_the_clusters_rate(
    sampled: Sampled,
) -> None:
    sampled.kafka.create_topic("headless", 1)
    sampled.kafka.topics["headless"][0].has_leader = False
    sampled.tick()
    sampled.kafka.create_topic("new", 1)
    sampled.kafka.append("t", 0, 100)
    sampled.tick()
    assert Tick.objects.latest("slot_at").produced_per_second == 10.0


def test_rates_of_which_nothing_is_known_are_null_and_never_zero(sampled: Sampled) -> None:
    sampled.tick()
    sampled.kafka.groups["g"].error = 30
    for log in sampled.kafka.topics["t"]:
        log.has_leader = False
    sampled.tick()
    tick, group = Tick.objects.latest("slot_at"), sampled.group("g")
    assert (tick.produced_per_second, tick.consumed_per_second) == (None, None)
    assert (group.produced_per_second, group.consumed_per_second) == (None, None)


def test_an_unreadable_partition_is_unknown_and_the_sum_says_at_least(sampled: Sampled) -> None:
    sampled.kafka.topics["t"][1].has_leader = False
    sampled.tick()
    group, read = sampled.group("g"), sampled.read("g", "t")
    assert (group.lag, group.unknown_partitions, group.status) == (6, 1, Status.UNKNOWN)
    leaderless = ReadingFlag.UNREADABLE | ReadingFlag.LEADERLESS
    assert (read.log_end, read.flags) == ([10, None], [0, leaderless])


def test_nothing_known_is_null_and_never_zero(sampled: Sampled) -> None:
    for log in sampled.kafka.topics["t"]:
        log.has_leader = False
    sampled.tick()
    group = sampled.group("g")
    assert (group.lag, group.lag_max, group.time_lag_seconds) == (None, None, None)


def test_a_group_that_cannot_be_read_keeps_its_partitions_as_unknown(sampled: Sampled) -> None:
    sampled.tick()
    sampled.kafka.groups["g"].error = 30
    sampled.tick()
    group = sampled.group("g")
    assert (group.lag, group.partitions, group.unknown_partitions) == (None, 2, 2)
    assert in_words(30) in group.status_reason
    assert sampled.read("g", "t").flags == [ReadingFlag.UNREADABLE] * 2


def test_one_bad_group_spoils_no_other(sampled: Sampled) -> None:
    sampled.kafka.groups["bad"] = MemoryGroup(error=30)
    sampled.tick()
    assert sampled.group("g").lag == 6
    assert sampled.group("bad").lag is None
    assert Tick.objects.latest("slot_at").reading_errors == 1


def test_an_assigned_partition_without_commit_counts_as_unknown(sampled: Sampled) -> None:
    sampled.kafka.create_topic("u", 2)
    sampled.kafka.append("u", 0, 3)
    sampled.kafka.groups["g"].members = (member(t=(0, 1), u=(0, 1)),)
    sampled.tick()
    group, read = sampled.group("g"), sampled.read("g", "u")
    assert (group.partitions, group.unknown_partitions, group.members.count()) == (4, 1, 1)
    assert read.flags == [ReadingFlag.NO_COMMIT] * 2
    assert read.statuses == ["UNKNOWN", "OK"]


def test_a_partition_that_is_not_the_groups_has_no_status(sampled: Sampled) -> None:
    sampled.kafka.commit("half", {("t", 1): 3})
    sampled.tick()
    read = sampled.read("half", "t")
    assert (read.committed, read.flags, read.statuses[0]) == ([None, 3], [0, 0], None)


def test_lost_and_truncated_commits_are_flagged(sampled: Sampled) -> None:
    sampled.kafka.delete_records("t", 0, 7)
    sampled.kafka.commit("g", {("t", 1): 12})
    sampled.tick()
    assert sampled.read("g", "t").flags == [ReadingFlag.LOST, ReadingFlag.TRUNCATED]
    assert sampled.group("g").lag == 3


def test_an_outage_is_a_state_a_gap_and_two_changes(sampled: Sampled) -> None:
    sampled.tick()
    sampled.kafka.is_silent = True
    assert [sampled.tick(), sampled.tick()] == [Tick.State.FAILED] * 2
    state = sampled.state
    assert (
        state.unreachable_since == Tick.objects.filter(state="FAILED").earliest("slot_at").slot_at
    )
    assert "No broker of memory answers" in state.last_error
    sampled.kafka.is_silent = False
    sampled.tick()
    assert (sampled.state.unreachable_since, sampled.state.last_error) == (None, "")
    changes = StatusChange.objects.filter(group=None).order_by("id")
    assert [change.after for change in changes] == ["UNREACHABLE", "REACHABLE"]
    series = group_series(
        sampled.group("g").pk, start=sampled.now - timedelta(hours=1), end=sampled.now
    )
    assert series.lag == [6, None, 6]


def test_bad_properties_are_said_and_not_raised(sampled: Sampled) -> None:
    Cluster.objects.filter(pk=sampled.row.pk).update(properties={"plugin.library.paths": "x"})
    assert collect(sampled.row.pk) is Tick.State.FAILED
    assert "plugin.library.paths" in sampled.state.last_error


def test_a_disabled_or_deleted_cluster_is_not_sampled(sampled: Sampled) -> None:
    Cluster.objects.filter(pk=sampled.row.pk).update(is_enabled=False)
    assert sampled.tick() is None
    sampled.row.delete()
    assert sampled.tick() is None


def test_a_cluster_without_groups_is_sampled() -> None:
    world = Sampled()
    assert world.tick() is Tick.State.DONE
    assert world.state.sampled_at is not None


def test_only_changed_groups_are_told(sampled: Sampled) -> None:
    sampled.kafka.commit("quiet", {("t", 0): 10})
    sampled.ticks(3)
    before = dict(memory_of(sampled.row.pk).told)
    sampled.kafka.append("t", 1, 1)
    sampled.tick()
    after = memory_of(sampled.row.pk).told
    assert {pk for pk in after if after[pk] != before[pk]} == {sampled.group("g").pk}


class SlowlyListingReader(MemoryReader):
    def groups(self) -> GroupListing:
        time.sleep(0.2)
        return super().groups()


def test_listing_is_part_of_reading(sampled: Sampled) -> None:
    sampled.tick(by=SlowlyListingReader)
    assert (Tick.objects.get().read_seconds or 0) >= 0.2


class TacitReader(MemoryReader):
    """Describes no group."""

    def memberships(self, names: Sequence[str]) -> dict[str, Membership]:
        return {}


def test_a_log_made_anew_has_no_past(sampled: Sampled) -> None:
    for _ in range(3):
        sampled.tick()
        sampled.kafka.append("t", 0, 10)
    sampled.kafka.topics["t"][0].log_end = 8
    sampled.tick()
    group = sampled.group("g")
    assert (group.lag, group.time_lag_seconds) == (4, None)


def test_a_log_made_anew_does_not_look_lost_by_its_old_start(sampled: Sampled) -> None:
    for number in range(2):
        sampled.kafka.delete_records("t", number, 9)
    sampled.tick()
    del sampled.kafka.topics["t"]
    sampled.kafka.create_topic("t", 2)
    sampled.kafka.append("t", 0, 5)
    sampled.tick()
    assert sampled.read("g", "t").flags == [ReadingFlag.NORMAL, ReadingFlag.TRUNCATED]
    assert sampled.group("g").lag == 1


def test_a_log_made_anew_while_its_end_was_unknown_has_no_past(sampled: Sampled) -> None:
    log = sampled.kafka.topics["t"][0]
    for is_readable in (True, True, False):
        log.has_leader = is_readable
        sampled.tick()
        sampled.kafka.append("t", 0, 10)
    log.log_end, log.has_leader = 15, True
    sampled.kafka.commit("g", {("t", 0): 12})
    sampled.ticks(2)
    assert sampled.group("g").time_lag_seconds is None


def test_assignments_outlive_a_restart(sampled: Sampled) -> None:
    sampled.kafka.create_topic("u", 1)
    sampled.kafka.append("u", 0, 3)
    sampled.kafka.groups["g"].members = (member(t=(0, 1), u=(0,)),)
    sampled.tick()
    sampled.restart()
    sampled.tick(by=TacitReader)
    group = sampled.group("g")
    assert (group.partitions, group.unknown_partitions, group.member_count) == (3, 1, 1)
