from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now

from monitor.lag.claim import Claim, LeaseLostError, claim, database_time, due, slot_of
from monitor.models import Cluster, Tick
from monitor.shards import Shard
from monitor.ticks import hold_off

TEN = timedelta(seconds=10)


@pytest.fixture
def cluster(transactional_db: None) -> Cluster:
    return Cluster.objects.create(
        name="c", bootstrap_servers="127.0.0.1:1", sample_interval_seconds=10
    )


def at(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment


def claimed(cluster: Cluster) -> Claim:
    found = claim(cluster, database_time)
    assert found is not None
    return found


def states(cluster: Cluster) -> list[str]:
    return list(
        Tick.objects.filter(cluster=cluster).order_by("slot_at").values_list("state", flat=True)
    )


def test_a_slot_starts_at_a_multiple_of_the_interval() -> None:
    moment = datetime(2026, 3, 1, 12, 0, 19, 999_000, tzinfo=UTC)
    assert slot_of(moment, TEN) == datetime(2026, 3, 1, 12, 0, 10, tzinfo=UTC)


def test_of_many_that_claim_a_slot_one_gets_it(cluster: Cluster) -> None:
    now = database_time()

    def attempt(_: int) -> Claim | None:
        try:
            return claim(cluster, at(now))
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        won = [found for found in pool.map(attempt, range(12)) if found]
    assert len(won) == 1
    assert states(cluster) == ["CLAIMED"]


def test_a_claimed_slot_is_no_longer_due(cluster: Cluster) -> None:
    cluster.sample_interval_seconds = 3600
    cluster.save()
    assert due() == [(cluster.pk, 0)]
    claimed(cluster)
    assert due() == []


def test_a_disabled_cluster_is_never_due(cluster: Cluster) -> None:
    Cluster.objects.update(is_enabled=False)
    assert due() == []


def test_a_slot_whose_last_tick_still_runs_is_skipped_and_counted(cluster: Cluster) -> None:
    now = database_time()
    assert claim(cluster, at(now)) is not None
    assert claim(cluster, at(now + TEN)) is None
    assert states(cluster) == ["CLAIMED", "SKIPPED"]


def test_a_tick_whose_lease_ran_out_is_lost_and_no_reason_to_skip(cluster: Cluster) -> None:
    now = database_time()
    claim(cluster, at(now))
    assert claim(cluster, at(now + 3 * TEN)) is not None
    assert states(cluster) == ["LOST", "CLAIMED"]


@pytest.fixture
def cut(cluster: Cluster) -> Cluster:
    """In two shards."""
    cluster.shards = 2
    cluster.save()
    return cluster


def test_each_shard_claims_its_own_tick(cut: Cluster) -> None:
    cut.sample_interval_seconds = 3600
    cut.save()
    now = at(database_time())
    assert due() == [(cut.pk, 0), (cut.pk, 1)]
    found = [claim(cut, now, shard=number) for number in range(3)]
    assert [one and one.shard for one in found] == [Shard(0, 2), Shard(1, 2), None]
    assert (due(), states(cut)) == ([], ["CLAIMED"] * 2)


def test_a_shard_does_not_wait_for_one_that_stores_or_still_runs(cut: Cluster) -> None:
    now = database_time()
    first = claim(cut, at(now), shard=0)
    assert first is not None

    def other(_: int) -> Claim | None:
        try:
            return claim(cut, at(now), shard=1)
        finally:
            connection.close()

    with transaction.atomic(), ThreadPoolExecutor(1) as pool:
        first.update(state=Tick.State.DONE)
        [second] = pool.map(other, range(1), timeout=5)
    assert second is not None
    assert claim(cut, at(now + TEN), shard=0) is not None


def test_a_shard_that_stores_has_no_other_claim(cut: Cluster) -> None:
    now = database_time()
    mine = claim(cut, at(now), shard=0)
    assert mine is not None

    def again(_: int) -> Claim | None:
        try:
            return claim(cut, at(now + TEN), shard=0)
        finally:
            connection.close()

    with transaction.atomic(), ThreadPoolExecutor(1) as pool:
        mine.update(state=Tick.State.DONE)
        [found] = pool.map(again, range(1), timeout=5)
    assert found is None
    assert states(cut) == ["DONE"]  # not skipped: the next hint finds it done


def test_no_slot_goes_by_two_numbers_of_shards(cluster: Cluster) -> None:
    now = database_time()
    mine = claim(cluster, at(now))
    assert mine is not None
    Cluster.objects.update(shards=2)
    assert claim(cluster, at(now), shard=1) is None
    assert claim(cluster, at(now + TEN), shard=1) is None  # one of before still runs
    mine.update(state=Tick.State.DONE)
    assert claim(cluster, at(now), shard=1) is None  # the slot had its tick
    assert claim(cluster, at(now + TEN), shard=1) is not None
    assert states(cluster) == ["DONE", "CLAIMED"]


def test_a_tick_of_another_number_of_shards_is_lost_with_its_lease(cut: Cluster) -> None:
    now = database_time()
    assert claim(cut, at(now), shard=1) is not None
    Cluster.objects.update(shards=1)
    assert claim(cut, at(now + 3 * TEN)) is not None
    assert states(cut) == ["LOST", "CLAIMED"]


def test_ticks_are_held_off_while_any_shard_runs(cut: Cluster) -> None:
    mine = claim(cut, database_time, shard=1)
    assert mine is not None
    with transaction.atomic():
        assert not hold_off(cut)
    mine.update(state=Tick.State.DONE)
    with transaction.atomic():
        assert hold_off(cut)


def test_a_lost_tick_can_neither_renew_nor_finish(cluster: Cluster) -> None:
    mine = claimed(cluster)
    Tick.objects.update(leased_until=Now() - timedelta(seconds=1))
    with pytest.raises(LeaseLostError):
        mine.renew()
    with pytest.raises(LeaseLostError):
        mine.update(state=Tick.State.DONE)
    assert states(cluster) == ["CLAIMED"]


def test_a_renewed_lease_runs_from_now(cluster: Cluster) -> None:
    mine = claimed(cluster)
    before = Tick.objects.get().leased_until
    mine.renew()
    assert Tick.objects.get().leased_until > before
