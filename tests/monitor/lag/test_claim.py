from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now

from monitor.lag.claim import Claim, LeaseLostError, claim, database_time, due, slot_of
from monitor.models import Cluster, Tick

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
    assert due() == [cluster.pk]
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


def test_shards_do_not_wait_for_each_other(cluster: Cluster) -> None:
    assert claim(cluster, database_time, shard=0) is not None
    assert claim(cluster, database_time, shard=1) is not None


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
