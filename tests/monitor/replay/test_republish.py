"""Republishes from the plan to the last record, on real Kafka and Postgres."""

import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now

from highwater_events.broker.base import TopicPartition
from highwater_events.provenance import ORIGINAL_OFFSET, header
from monitor.errors import MoveNotAllowedError
from monitor.kafka.confluent.copier import ConfluentCopier
from monitor.kafka.replay_ports import CopyPosition
from monitor.models import AuditEntry, Cluster, Replay
from monitor.replay import actions, live, republish_run, runs
from monitor.replay.requests import Partitioning, RepublishRequest
from tests.contracts.replay_worlds import KafkaWorld
from tests.monitor.replay.conftest import ANNA, MARCH_MS, records_of
from tests.waiting import eventually

pytestmark = [pytest.mark.apache_kafka, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def short_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(republish_run, "SLICE_SECONDS", 1.0)
    monkeypatch.setattr(republish_run, "PROGRESS_SECONDS", 0.2)


def started(cluster: Cluster, topic: str, target: str = "", **fields: Any) -> Replay:
    request = RepublishRequest(topic, target, **fields)
    replay = actions.plan_republish(ANNA, cluster.pk, request, reason="search lost them")
    return actions.run(ANNA, replay.pk, plan_hash=replay.plan_hash)


def work(replay: Replay) -> Replay:
    runs.work(replay.pk)
    replay.refresh_from_db()
    return replay


def work_to_the_end(replay: Replay) -> Replay:
    for _ in range(20):
        if work(replay).state != Replay.State.RUNNING:
            return replay
    raise AssertionError(f"it does not end: {replay.records_done} {replay.error}")


def work_until_some_are_copied(replay: Replay) -> None:
    assert eventually(lambda: work(replay).records_done > 0, within_seconds=60)


def on_opening(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Have something happen while a slice's clients are opened."""
    really_open = ConfluentCopier.open

    def opened(copier: ConfluentCopier) -> Mapping[int, CopyPosition]:
        happens()
        return really_open(copier)

    monkeypatch.setattr(ConfluentCopier, "open", opened)


def test_opening_may_last_longer_than_a_slice(
    cluster: Cluster, orders: str, copies: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_opening(monkeypatch, lambda: time.sleep(1.5))
    assert work_to_the_end(started(cluster, orders, copies)).records_done == 20


def test_a_pause_while_all_is_opened_lets_nothing_be_copied(
    cluster: Cluster,
    orders: str,
    copies: str,
    world: KafkaWorld,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    replay = started(cluster, orders, copies)
    on_opening(monkeypatch, lambda: actions.pause(ANNA, replay.pk))
    assert work(replay).state == Replay.State.PAUSED
    assert world.read(copies) == []


def test_a_range_is_copied_with_all_that_belongs_to_it(
    cluster: Cluster, orders: str, copies: str, world: KafkaWorld
) -> None:
    replay = work_to_the_end(started(cluster, orders, copies, from_offset=4))
    assert (replay.state, replay.records_done) == (Replay.State.SUCCEEDED, 12)
    records = world.read(copies)
    assert [(each.partition, each.value) for each in records[:2]] == [(0, b"v8"), (0, b"v10")]
    assert [each.timestamp_ms for each in records[:2]] == [
        MARCH_MS + 480_000,
        MARCH_MS + 600_000,
    ]
    assert header(records[0].headers, ORIGINAL_OFFSET) == "4"
    assert header(records[0].headers, "highwater-replay-id") == str(replay.pk)


def test_partitions_show_where_the_run_came(cluster: Cluster, orders: str, copies: str) -> None:
    replay = work_to_the_end(started(cluster, orders, copies))
    assert list(replay.partitions.values_list("position", flat=True)) == [10, 10]
    assert replay.records_per_second is not None
    entry = AuditEntry.objects.get(action="replay.succeeded")
    assert entry.detail["records"] == 20


def test_a_topic_can_be_copied_to_itself_without_end_in_sight(
    cluster: Cluster, orders: str, world: KafkaWorld
) -> None:
    assert work_to_the_end(started(cluster, orders)).records_done == 20
    assert len(world.read(orders)) == 40


def test_copying_what_was_copied_counts_transaction_markers_for_nothing(
    cluster: Cluster, orders: str, world: KafkaWorld
) -> None:
    work_to_the_end(started(cluster, orders))
    again = work_to_the_end(started(cluster, orders))
    assert (again.records_done, len(world.read(orders))) == (40, 80)


def test_a_target_with_fewer_partitions_takes_records_by_key(
    cluster: Cluster, orders: str, world: KafkaWorld
) -> None:
    narrow = f"{orders}-narrow"
    world.create_topic(narrow, 1, retention_ms="-1")
    work_to_the_end(started(cluster, orders, narrow, partitioning=Partitioning.KEY))
    assert len(world.read(narrow)) == 20


def test_a_pause_stops_within_a_slice_and_resume_goes_on(
    cluster: Cluster, orders: str, copies: str, world: KafkaWorld
) -> None:
    replay = started(cluster, orders, copies, rate_limit_per_second=8)
    work_until_some_are_copied(replay)
    actions.pause(ANNA, replay.pk)
    assert not runs.work(replay.pk)
    done = len(world.read(copies))
    assert 0 < done < 20
    actions.resume(ANNA, replay.pk)
    Replay.objects.update(rate_limit_per_second=None)
    assert work_to_the_end(replay).records_done == 20
    assert len(world.read(copies)) == 20


def test_a_pause_in_the_middle_of_a_slice_ends_it(
    cluster: Cluster, orders: str, copies: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(republish_run, "SLICE_SECONDS", 60.0)
    replay = started(cluster, orders, copies, rate_limit_per_second=8)
    announce = live.announce

    def pause_then_announce(replay_id: int) -> None:
        if Replay.objects.get(pk=replay_id).state == Replay.State.RUNNING:
            actions.pause(ANNA, replay_id)
        announce(replay_id)

    monkeypatch.setattr(live, "announce", pause_then_announce)
    work(replay)
    assert (replay.state, replay.lease_token) == (Replay.State.PAUSED, None)
    assert replay.records_done < 20


def test_the_rate_limit_holds(cluster: Cluster, orders: str, copies: str) -> None:
    replay = started(cluster, orders, copies, rate_limit_per_second=8)
    work_until_some_are_copied(replay)
    assert replay.records_per_second is not None
    assert 0 < replay.records_per_second <= 8


def test_a_cancelled_run_stays_as_it_is(cluster: Cluster, orders: str, copies: str) -> None:
    replay = started(cluster, orders, copies, rate_limit_per_second=8)
    work(replay)
    actions.cancel(ANNA, replay.pk)
    assert work(replay).state == Replay.State.CANCELLED
    with pytest.raises(MoveNotAllowedError, match="CANCELLED cannot be resumed"):
        actions.resume(ANNA, replay.pk)


def test_records_deleted_under_the_run_fail_it_by_name(
    cluster: Cluster, orders: str, copies: str, world: KafkaWorld
) -> None:
    replay = started(cluster, orders, copies)
    world.delete_before(TopicPartition(orders, 0), 2)
    assert work_to_the_end(replay).state == Replay.State.FAILED
    assert f"no longer holds offset 0 of partition 0 of {orders}" in replay.error


def test_a_record_that_the_target_refuses_fails_the_run(
    cluster: Cluster, orders: str, world: KafkaWorld
) -> None:
    strict = f"{orders}-strict"
    world.create_topic(strict, 2, retention_ms="-1", max_message_bytes="20")
    replay = work_to_the_end(started(cluster, orders, strict))
    assert replay.state == Replay.State.FAILED
    assert "MSG_SIZE_TOO_LARGE" in replay.error


def test_a_cluster_that_is_away_is_waited_for(
    cluster: Cluster,
    orders: str,
    copies: str,
    bootstrap_servers: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    replay = started(cluster, orders, copies)
    with monkeypatch.context() as impatient:
        impatient.setattr("monitor.kafka.confluent.copier.REQUEST_SECONDS", 1.0)
        Cluster.objects.update(bootstrap_servers="127.0.0.1:9")
        assert work(replay).state == Replay.State.RUNNING
    assert replay.error.endswith("Trying again.")
    assert replay.pk not in runs.due()
    Cluster.objects.update(bootstrap_servers=bootstrap_servers)
    Replay.objects.update(leased_until=Now() - timedelta(seconds=1))
    assert work_to_the_end(replay).error == ""


def test_two_runs_into_one_topic_are_refused(
    cluster: Cluster, orders: str, copies: str, world: KafkaWorld
) -> None:
    other = f"{orders}-other"
    world.create_topic(other, 2, retention_ms="-1")
    world.write(records_of(other, range(2)))
    first = started(cluster, orders, copies)
    with pytest.raises(MoveNotAllowedError, match=f"Replay {first.pk} with topic {copies}"):
        started(cluster, other, copies)


def test_a_pause_ends_the_promise_to_try_again(cluster: Cluster, orders: str, copies: str) -> None:
    replay = started(cluster, orders, copies)
    Replay.objects.update(error="No broker of the cluster answers. Trying again.")
    assert actions.pause(ANNA, replay.pk).error == ""
