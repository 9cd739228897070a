"""Rewinds from the plan to the second look, on real Kafka and Postgres."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from highwater_events.broker.base import TopicPartition
from monitor.errors import (
    MoveNotAllowedError,
    NotFoundError,
    PlanRefusedError,
    StalePlanError,
)
from monitor.kafka.confluent.offsets import ConfluentOffsets
from monitor.kafka.replay_memory import MemoryCluster, MemoryOffsets
from monitor.kafka.replay_ports import Activity, GroupReading
from monitor.models import AuditEntry, Cluster, ClusterState, Replay
from monitor.replay import actions, rewind, rewind_run, runs
from monitor.replay.lease import Lease, claim
from monitor.replay.requests import RewindRequest, RewindTo
from tests.contracts.replay_worlds import KafkaWorld
from tests.monitor.replay.conftest import ANNA, commit_by_assign

pytestmark = [pytest.mark.apache_kafka, pytest.mark.django_db]


def plan(
    cluster: Cluster, group: str, to: RewindTo = RewindTo.EARLIEST, **fields: object
) -> Replay:
    request = replace(RewindRequest(group, to), **fields)  # type: ignore[arg-type] # by name
    return actions.plan_rewind(ANNA, cluster.pk, request, reason="a bad release")


def run(replay: Replay) -> Replay:
    return actions.run(ANNA, replay.pk, plan_hash=replay.plan_hash)


def work(replay: Replay) -> Replay:
    """The next slice, as if it were due."""
    Replay.objects.filter(pk=replay.pk).update(leased_until=Now() - timedelta(seconds=1))
    runs.work(replay.pk)
    replay.refresh_from_db()
    return replay


def test_a_plan_shows_before_and_after_and_counts(
    cluster: Cluster, billing: str, orders: str
) -> None:
    replay = plan(cluster, billing, RewindTo.DATETIME, at="2026-03-01T12:10:00Z")
    rows = list(replay.partitions.values_list("partition", "before", "after"))
    assert rows == [(0, 10, 5), (1, 10, 5)]
    assert replay.plan["summary"] == (
        f"10 records will be processed again; 0 skipped, on 2 partitions of {orders}."
    )
    assert replay.state == Replay.State.PLANNED
    assert replay.expires_at - replay.planned_at == timedelta(minutes=10)


def test_planning_moves_nothing(cluster: Cluster, billing: str, world: KafkaWorld) -> None:
    before = world.offsets.committed(billing)
    plan(cluster, billing)
    assert world.offsets.committed(billing) == before


def test_a_run_moves_the_offsets_and_looks_twice(
    cluster: Cluster, billing: str, orders: str, world: KafkaWorld
) -> None:
    replay = run(plan(cluster, billing))
    assert work(replay).state == Replay.State.RUNNING
    assert world.offsets.committed(billing) == {
        TopicPartition(orders, 0): 0,
        TopicPartition(orders, 1): 0,
    }
    assert work(replay).state == Replay.State.SUCCEEDED
    assert list(replay.partitions.values_list("read_back", flat=True)) == [0, 0]


def test_a_look_writes_once_whatever_the_number_of_partitions(
    cluster: Cluster, billing: str
) -> None:
    replay = run(plan(cluster, billing))
    with CaptureQueriesContext(connection) as asked:
        work(replay)
    written = [each for each in asked if each["sql"].startswith('UPDATE "monitor_replaypartition"')]
    assert len(written) == 1


def test_the_second_look_comes_an_interval_later(cluster: Cluster, billing: str) -> None:
    Cluster.objects.update(sample_interval_seconds=60)
    replay = run(plan(cluster, billing))
    work(replay)
    assert replay.pk not in runs.due()
    assert replay.leased_until is not None
    assert replay.leased_until > replay.planned_at + timedelta(seconds=55)


def test_each_step_leaves_an_audit_row(cluster: Cluster, billing: str) -> None:
    replay = run(plan(cluster, billing))
    work(work(replay))
    trail = AuditEntry.objects.filter(replay_id=replay.pk).order_by("id")
    assert [(each.action, each.actor, each.via) for each in trail] == [
        ("replay.planned", "anna", "api"),
        ("replay.run", "anna", "api"),
        ("replay.succeeded", "anna", "worker"),
    ]
    first = trail[0]
    assert (first.reason, first.plan_hash, first.actor_id) == (
        "a bad release",
        replay.plan_hash,
        7,
    )
    assert [(row["before"], row["after"]) for row in trail[2].detail["partitions"]] == [
        (10, 0),
        (10, 0),
    ]


def test_a_consumer_with_assign_that_overwrites_it_makes_the_run_fail(
    cluster: Cluster, billing: str, orders: str, world: KafkaWorld
) -> None:
    replay = run(plan(cluster, billing))
    work(replay)
    commit_by_assign(world, billing, orders, 10)
    assert work(replay).state == Replay.State.FAILED
    assert replay.error == (
        f"The offsets of group {billing} were overwritten after the rewind: {orders}-0 should be "
        "at 0 and is at 10. It may have been a consumer that uses assign(), which Kafka does not "
        "list as a member, or another tool: stop it and plan again."
    )
    assert AuditEntry.objects.filter(action="replay.failed").get().detail["error"] == replay.error


def test_consumers_that_restarted_and_moved_on_are_no_failure(
    cluster: Cluster, billing: str, orders: str, world: KafkaWorld
) -> None:
    replay = run(plan(cluster, billing))
    work(replay)
    commit_by_assign(world, billing, orders, 3)
    world.join(billing, orders)
    assert work(replay).state == Replay.State.SUCCEEDED
    assert "Members joined" in AuditEntry.objects.get(action="replay.succeeded").detail["note"]


def test_a_worker_that_died_after_the_move_is_no_harm(cluster: Cluster, billing: str) -> None:
    replay = run(plan(cluster, billing))
    work(replay)
    replay.partitions.update(read_back=None)
    assert work(replay).state == Replay.State.RUNNING
    assert work(replay).state == Replay.State.SUCCEEDED


def test_a_group_with_members_is_refused_by_name(
    cluster: Cluster, billing: str, orders: str, world: KafkaWorld
) -> None:
    world.join(billing, orders)
    with pytest.raises(PlanRefusedError, match="stop them first: reader at"):
        plan(cluster, billing)


def test_members_that_join_between_plan_and_run_stop_the_run(
    cluster: Cluster, billing: str, orders: str, world: KafkaWorld
) -> None:
    replay = plan(cluster, billing)
    world.join(billing, orders)
    with pytest.raises(PlanRefusedError, match="active members"):
        run(replay)


def test_members_that_join_between_run_and_worker_fail_it_unmoved(
    cluster: Cluster, billing: str, orders: str, world: KafkaWorld
) -> None:
    replay = run(plan(cluster, billing))
    world.join(billing, orders)
    assert work(replay).state == Replay.State.FAILED
    assert world.offsets.committed(billing)[TopicPartition(orders, 0)] == 10


def test_a_stale_plan_is_refused_with_what_moved(
    cluster: Cluster, billing: str, orders: str, world: KafkaWorld
) -> None:
    replay = plan(cluster, billing)
    commit_by_assign(world, billing, orders, 4)
    with pytest.raises(StalePlanError, match=f"{orders}-0: the committed offset was 10 and is 4"):
        run(replay)
    replay.refresh_from_db()
    assert replay.state == Replay.State.PLANNED


def test_a_log_that_lost_the_new_offset_makes_the_plan_stale(
    cluster: Cluster, billing: str, orders: str, world: KafkaWorld
) -> None:
    replay = plan(cluster, billing)
    world.delete_before(TopicPartition(orders, 1), 3)
    with pytest.raises(StalePlanError, match="now starts at 3"):
        run(replay)


def test_another_plan_hash_than_the_stored_one_is_refused(cluster: Cluster, billing: str) -> None:
    with pytest.raises(StalePlanError, match="not the plan that you saw"):
        actions.run(ANNA, plan(cluster, billing).pk, plan_hash="0" * 64)


def test_a_plan_expires(cluster: Cluster, billing: str) -> None:
    replay = plan(cluster, billing)
    Replay.objects.update(expires_at=Now() - timedelta(seconds=1))
    with pytest.raises(StalePlanError, match="expired"):
        run(replay)
    runs.due()
    with pytest.raises(MoveNotAllowedError, match="EXPIRED cannot be run"):
        run(replay)


def test_two_runs_on_one_group_are_refused(cluster: Cluster, billing: str) -> None:
    first, second = plan(cluster, billing), plan(cluster, billing)
    run(first)
    with pytest.raises(MoveNotAllowedError, match=f"Replay {first.pk} of group {billing}"):
        run(second)


def test_a_rewind_can_be_cancelled_but_not_paused(cluster: Cluster, billing: str) -> None:
    replay = plan(cluster, billing)
    with pytest.raises(MoveNotAllowedError, match="cannot be paused"):
        actions.pause(ANNA, replay.pk)
    assert actions.cancel(ANNA, replay.pk).state == Replay.State.CANCELLED
    with pytest.raises(MoveNotAllowedError, match="CANCELLED cannot be cancelled"):
        actions.cancel(ANNA, replay.pk)


def test_a_cancellation_that_came_too_late_says_so(cluster: Cluster, billing: str) -> None:
    replay = run(plan(cluster, billing))
    work(replay)
    assert "stay where the plan put them" in actions.cancel(ANNA, replay.pk).error


def test_a_cancellation_while_the_worker_still_checks_moves_nothing(
    cluster: Cluster, billing: str, world: KafkaWorld
) -> None:
    replay = run(plan(cluster, billing))
    before = world.offsets.committed(billing)
    lease = claim(replay.pk)
    assert lease is not None
    actions.cancel(ANNA, replay.pk)
    rewind_run.work(replay, lease, interval_seconds=1)
    assert world.offsets.committed(billing) == before


@pytest.fixture
def cancelled_in_mid_move(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody cancels right before the offsets move."""
    renew = Lease.renew

    def cancelled_just_then(lease: Lease) -> bool:
        is_ours = renew(lease)
        actions.cancel(ANNA, lease.replay_id)
        return is_ours

    monkeypatch.setattr(Lease, "renew", cancelled_just_then)


@pytest.mark.usefixtures("cancelled_in_mid_move")
def test_a_cancellation_in_mid_move_is_told_that_some_offsets_moved(
    cluster: Cluster, billing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    replay = run(plan(cluster, billing))
    alter = ConfluentOffsets.alter

    def only_the_first(
        offsets: ConfluentOffsets, group: str, wanted: Mapping[TopicPartition, int]
    ) -> dict[TopicPartition, str]:
        first, *others = wanted
        alter(offsets, group, {first: wanted[first]})
        return dict.fromkeys(others, "refused")

    monkeypatch.setattr(ConfluentOffsets, "alter", only_the_first)
    assert work(replay).state == Replay.State.CANCELLED
    assert replay.error == rewind.MAY_HAVE_MOVED
    assert AuditEntry.objects.get(action="replay.moved").detail["note"] == rewind.MAY_HAVE_MOVED


@pytest.mark.usefixtures("cancelled_in_mid_move")
def test_a_cancellation_in_mid_move_is_told_that_the_offsets_moved(
    cluster: Cluster, billing: str
) -> None:
    replay = run(plan(cluster, billing))
    assert work(replay).state == Replay.State.CANCELLED
    assert replay.error == rewind.MOVED_MEANWHILE
    assert AuditEntry.objects.get(action="replay.moved").detail["partitions"][0]["read_back"] == 0


def test_a_log_that_moved_while_the_run_waited_for_a_worker_fails_it(
    cluster: Cluster, billing: str, orders: str, world: KafkaWorld
) -> None:
    replay = run(plan(cluster, billing))
    world.delete_before(TopicPartition(orders, 1), 3)
    assert work(replay).state == Replay.State.FAILED
    assert "now starts at 3" in replay.error
    assert world.offsets.committed(billing)[TopicPartition(orders, 0)] == 10


def test_a_partition_named_twice_is_one(cluster: Cluster, billing: str, orders: str) -> None:
    replay = plan(cluster, billing, topics={orders: (1, 1)})
    assert list(replay.partitions.values_list("partition", flat=True)) == [1]


def test_what_does_not_exist_is_not_found(cluster: Cluster, billing: str, orders: str) -> None:
    with pytest.raises(NotFoundError, match="no group"):
        plan(cluster, f"{billing}-nobody")
    with pytest.raises(NotFoundError, match="no partition 9"):
        plan(cluster, billing, topics={orders: (9,)})
    with pytest.raises(NotFoundError, match="no replay"):
        actions.run(ANNA, 0, plan_hash="")
    with pytest.raises(NotFoundError, match="no cluster"):
        actions.plan_rewind(ANNA, 0, RewindRequest(billing, RewindTo.LATEST), reason="x")


def test_a_reason_is_needed(cluster: Cluster, billing: str) -> None:
    request = RewindRequest(billing, RewindTo.LATEST)
    with pytest.raises(PlanRefusedError, match="Say why"):
        actions.plan_rewind(ANNA, cluster.pk, request, reason="  ")
    with pytest.raises(PlanRefusedError, match="longer than 2,000 characters"):
        actions.plan_rewind(ANNA, cluster.pk, request, reason="x" * 2001)


def test_a_cluster_that_does_not_tell_members_needs_the_groups_name(
    cluster: Cluster, billing: str
) -> None:
    ClusterState.objects.create(cluster=cluster, not_told=["members"])
    with pytest.raises(PlanRefusedError, match="typing the group's name"):
        plan(cluster, billing)
    replay = plan(cluster, billing, confirm_stopped=billing)
    assert "typed its name" in replay.plan["checks"][0]


def test_membership_that_is_not_told_counts_as_active() -> None:
    group = MemoryCluster(groups={"g": GroupReading("", Activity.NOT_TOLD)})
    group.create("orders", 1)
    group.commits["g"] = {TopicPartition("orders", 0): 0}
    with pytest.raises(PlanRefusedError, match="counts as active"):
        rewind.make_plan(
            MemoryOffsets(group),
            RewindRequest("g", RewindTo.EARLIEST, confirm_stopped="h"),
            bootstrap_servers="kafka:9092",
            tells_members=True,
        )
