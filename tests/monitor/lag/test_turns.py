"""Who takes a tick where several workers could."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.lag import turns
from monitor.lag.alone import alone
from monitor.lag.memory import memory_of
from monitor.lag.turns import is_for_another
from monitor.models import Cluster, Tick
from monitor.shards import Shard
from monitor.ticks import this_worker

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
SLOT_AT = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """Its present slot has just begun."""
    monkeypatch.setattr(turns, "database_time", lambda: SLOT_AT + timedelta(seconds=1))
    return Cluster.objects.create(
        name="c", bootstrap_servers="127.0.0.1:1", sample_interval_seconds=3600, shards=2
    )


def tick(
    cluster: Cluster, worker: str, *, slots_ago: int = 1, state: str = "DONE", shards: int = 2
) -> None:
    at = SLOT_AT - slots_ago * HOUR
    Tick.objects.create(
        cluster=cluster,
        worker=worker,
        slot_at=at,
        state=state,
        shards=shards,
        claimed_at=at,
        leased_until=at,
    )


def test_who_did_the_last_tick_has_the_next(cluster: Cluster) -> None:
    tick(cluster, this_worker())
    assert not is_for_another(cluster.pk, 0)


def test_a_tick_is_left_to_who_did_the_last(cluster: Cluster) -> None:
    tick(cluster, "elsewhere:1")
    assert is_for_another(cluster.pk, 0)
    assert not is_for_another(cluster.pk, 1)  # nobody did that shard's


def test_what_another_has_had_for_two_slots_is_forgotten(cluster: Cluster) -> None:
    own, others = Shard(1, 2), Shard(0, 2)
    memories = {shard: memory_of(cluster.pk, shard) for shard in (own, others)}
    tick(cluster, "elsewhere:1", slots_ago=1)
    assert is_for_another(cluster.pk, 0)
    assert memory_of(cluster.pk, others) is memories[others]  # it may come back at once
    tick(cluster, "elsewhere:1", slots_ago=2)
    with alone(cluster.pk, 0):
        assert is_for_another(cluster.pk, 0)
    assert memory_of(cluster.pk, others) is memories[others]  # a thread is still at it
    assert is_for_another(cluster.pk, 0)
    assert memory_of(cluster.pk, others) is not memories[others]
    assert memory_of(cluster.pk, own) is memories[own]


def test_what_this_one_had_a_slot_ago_is_remembered(cluster: Cluster) -> None:
    memory = memory_of(cluster.pk, Shard(0, 2))
    tick(cluster, "elsewhere:1", slots_ago=1)
    tick(cluster, this_worker(), slots_ago=2)
    assert is_for_another(cluster.pk, 0)
    assert memory_of(cluster.pk, Shard(0, 2)) is memory


def test_nobody_is_waited_for_once_the_slot_runs(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    tick(cluster, "elsewhere:1")
    late = SLOT_AT + turns.LONGEST_WAIT
    monkeypatch.setattr(turns, "database_time", lambda: late)
    assert not is_for_another(cluster.pk, 0)


def test_who_did_none_for_long_is_gone(cluster: Cluster) -> None:
    tick(cluster, "elsewhere:1", slots_ago=3)
    assert not is_for_another(cluster.pk, 0)


def test_who_only_skipped_remembers_nothing(cluster: Cluster) -> None:
    tick(cluster, this_worker(), slots_ago=2)
    tick(cluster, "elsewhere:1", state="SKIPPED")
    assert not is_for_another(cluster.pk, 0)


def test_a_slot_that_is_taken_is_not_passed_on(cluster: Cluster) -> None:
    tick(cluster, "elsewhere:1")
    tick(cluster, "elsewhere:1", slots_ago=0)
    assert not is_for_another(cluster.pk, 0)


def test_two_shards_in_one_process_would_wait_for_each_other(cluster: Cluster) -> None:
    tick(cluster, this_worker())
    with alone(cluster.pk, 1):
        assert is_for_another(cluster.pk, 0)
        assert not is_for_another(cluster.pk, 1)
    with alone(cluster.pk + 1, 1):
        assert not is_for_another(cluster.pk, 0)


def test_ticks_by_another_number_of_shards_tell_who_remembers(cluster: Cluster) -> None:
    tick(cluster, "elsewhere:1", shards=1)
    assert is_for_another(cluster.pk, 0)
    assert is_for_another(cluster.pk, 1)


def test_a_cluster_that_is_gone_is_for_nobody() -> None:
    assert not is_for_another(0, 0)
