"""What upkeep deletes of groups and topics, and what ticks make of it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from monitor.lag import purge as module
from monitor.lag.memory import memory_of
from monitor.lag.purge import purge
from monitor.models import AuditEntry, Group, GroupTopic, Replay, StatusChange, Tick, Topic
from tests.monitor.lag.worlds import Sampled

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def gone(sampled: Sampled) -> Sampled:
    """Group `g` and topic `t` are gone; the process that saw them go remembers it."""
    sampled.kafka.commit("other", {("t", 0): 1})
    sampled.ticks(2)
    for held in ("g", "other"):
        del sampled.kafka.groups[held]
    del sampled.kafka.topics["t"]
    sampled.ticks(2)
    return sampled


def add_changes(world: Sampled, count: int) -> None:
    group = world.group("g")
    StatusChange.objects.bulk_create(
        StatusChange(cluster=world.row, group=group, at=world.now - DAY, after="OK")
        for _ in range(count)
    )


def test_what_is_gone_for_long_is_deleted_with_all_that_hangs_on_it(gone: Sampled) -> None:
    add_changes(gone, 3)
    assert purge(gone.now + DAY) == {
        "changes": 7,
        "intervals": 0,
        "acknowledgements": 0,
        "reads": 2,
        "groups": 2,
        "topics": 1,
    }
    assert not Group.objects.exists()
    assert not Topic.objects.exists()
    assert not GroupTopic.objects.exists()


def test_what_is_gone_not_long_enough_or_there_stays(gone: Sampled) -> None:
    gone.kafka.commit("there", {})
    gone.tick()
    assert sum(purge(gone.now - DAY).values()) == 0
    Group.objects.filter(name="g").update(gone_at=gone.now - 2 * DAY)
    assert purge(gone.now - DAY)["groups"] == 1
    assert set(Group.objects.values_list("name", flat=True)) == {"other", "there"}


def test_a_purged_group_and_topic_that_come_back_are_sampled_as_new_ones(gone: Sampled) -> None:
    purge(gone.now + DAY)
    gone.kafka.create_topic("t", 2)
    gone.kafka.append("t", 0, 5)
    gone.kafka.commit("g", {("t", 0): 3})
    gone.ticks(2)
    group, read = gone.group("g"), gone.read("g", "t")
    assert (group.lag, group.gone_at, read.committed) == (2, None, [3, None])
    gone.kafka.groups["g"].error = 30
    gone.tick()
    assert gone.group("g").unknown_partitions == 1


def test_nothing_gone_is_purged_while_a_tick_runs(gone: Sampled) -> None:
    now = timezone.now()
    running = Tick.objects.create(
        cluster=gone.row, slot_at=now + DAY, claimed_at=now, leased_until=now + DAY
    )
    assert purge(gone.now + DAY)["groups"] == 0
    Tick.objects.filter(pk=running.pk).update(leased_until=now - DAY)
    assert purge(gone.now + DAY)["groups"] == 2


def test_a_run_ends_after_some_batches_and_the_next_goes_on(
    gone: Sampled, monkeypatch: pytest.MonkeyPatch
) -> None:
    StatusChange.objects.all().delete()
    add_changes(gone, 7)
    monkeypatch.setattr(module, "ROWS_A_BATCH", 2)
    monkeypatch.setattr(module, "BATCHES_A_RUN", 2)
    assert [purge(gone.now - DAY / 2)["changes"] for _ in range(3)] == [4, 3, 0]


def test_replays_and_the_audit_trail_outlive_their_group(gone: Sampled) -> None:
    now = timezone.now()
    replay = Replay.objects.create(
        verb="rewind", cluster=gone.row, group_name="g", planned_at=now, expires_at=now
    )
    AuditEntry.objects.create(actor="anna", via="web", action="run", replay_id=replay.pk)
    purge(gone.now + DAY)
    assert Replay.objects.get().group_name == "g"
    assert AuditEntry.objects.get().replay_id == replay.pk


def test_what_is_gone_is_not_remembered_and_comes_back_as_it_was(gone: Sampled) -> None:
    roster = memory_of(gone.row.pk).roster
    assert not (roster.groups or roster.topics or roster.reads or roster.partition_counts)
    assert not (roster.missing_groups or roster.gone_groups or roster.gone_reads)
    before = gone.group("g").pk
    gone.kafka.create_topic("t", 2)
    gone.kafka.commit("g", {("t", 0): 0})
    gone.tick()
    assert set(roster.groups) == {"g"}
    assert (gone.group("g").pk, gone.group("g").gone_at) == (before, None)
    assert GroupTopic.objects.filter(group=before, topic__name="t", gone_at=None).exists()
