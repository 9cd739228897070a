"""What outboxes add; claims of clusters, and many at once, stand in `lag/test_claim.py`."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from monitor.models import Cluster, OutboxSource, Tick
from monitor.ticks import Claim, LeaseLostError, claim, database_time, due

pytestmark = pytest.mark.django_db


@pytest.fixture
def hourly(db: None) -> OutboxSource:
    """A source whose slot does not turn during a test."""
    return OutboxSource.objects.create(
        name="shop", dsn_reference="env:HIGHWATER_SECRET_X", sample_interval_seconds=3600
    )


def _claim(source: OutboxSource) -> Claim | None:
    return claim(source, database_time, lease=timedelta(seconds=20))


def test_a_slot_is_due_until_it_is_claimed(hourly: OutboxSource) -> None:
    assert due(OutboxSource) == [(hourly.pk, 0)]
    assert _claim(hourly) is not None
    assert due(OutboxSource) == []


def test_a_cluster_and_an_outbox_of_one_id_do_not_share_slots(hourly: OutboxSource) -> None:
    cluster = Cluster.objects.create(
        pk=hourly.pk, name="c", bootstrap_servers="a:1", sample_interval_seconds=3600
    )
    assert _claim(hourly) is not None
    assert due(Cluster) == [(cluster.pk, 0)]
    assert claim(cluster, database_time, lease=timedelta(seconds=20)) is not None


def test_a_disabled_source_is_never_due(hourly: OutboxSource) -> None:
    OutboxSource.objects.update(is_enabled=False)
    assert due(OutboxSource) == []


def test_a_slot_has_one_claim(hourly: OutboxSource) -> None:
    assert _claim(hourly) is not None
    Tick.objects.update(state=Tick.State.DONE)
    assert _claim(hourly) is None


def test_a_probe_that_still_runs_makes_the_next_tick_skip(hourly: OutboxSource) -> None:
    assert _claim(hourly) is not None
    Tick.objects.update(slot_at=Now() - timedelta(hours=1))
    assert _claim(hourly) is None
    assert sorted(Tick.objects.values_list("state", flat=True)) == ["CLAIMED", "SKIPPED"]


def test_a_lease_that_ran_out_is_lost_and_never_makes_a_tick_skip(hourly: OutboxSource) -> None:
    assert _claim(hourly) is not None
    Tick.objects.update(slot_at=Now() - timedelta(hours=1), leased_until=Now())
    assert _claim(hourly) is not None
    assert sorted(Tick.objects.values_list("state", flat=True)) == ["CLAIMED", "LOST"]


def test_a_claim_that_ran_out_changes_nothing(hourly: OutboxSource) -> None:
    claimed = _claim(hourly)
    assert claimed is not None
    Tick.objects.update(leased_until=Now())
    with pytest.raises(LeaseLostError):
        claimed.update(state=Tick.State.DONE)
    assert Tick.objects.get().state == Tick.State.CLAIMED


def test_a_subject_that_was_deleted_meanwhile_has_no_claim(hourly: OutboxSource) -> None:
    OutboxSource.objects.all().delete()
    assert _claim(hourly) is None
