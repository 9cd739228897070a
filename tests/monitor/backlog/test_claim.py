from datetime import UTC, datetime, timedelta

import pytest
from django.db.models.functions import Now
from pytest_django import Settings

from monitor.backlog.claim import claim, due, interval_seconds, slot_of
from monitor.models import OutboxSource, Tick

pytestmark = pytest.mark.django_db


@pytest.fixture
def hourly(db: None) -> OutboxSource:
    """A source whose slot does not turn during a test."""
    return OutboxSource.objects.create(
        name="shop", dsn_reference="env:HIGHWATER_SECRET_X", sample_interval_seconds=3600
    )


def test_a_slot_starts_at_a_multiple_of_the_interval() -> None:
    moment = datetime(2026, 3, 1, 12, 0, 17, 900_000, tzinfo=UTC)
    assert slot_of(moment, 10) == datetime(2026, 3, 1, 12, 0, 10, tzinfo=UTC)


def test_a_source_without_interval_takes_the_settings(settings: Settings) -> None:
    settings.HIGHWATER_SAMPLE_INTERVAL = 25
    assert interval_seconds(OutboxSource()) == 25


def test_a_slot_is_due_until_it_is_claimed(hourly: OutboxSource) -> None:
    assert due() == [hourly.pk]
    assert claim(hourly) is not None
    assert due() == []


def test_a_disabled_source_is_never_due(hourly: OutboxSource) -> None:
    OutboxSource.objects.update(is_enabled=False)
    assert due() == []


def test_a_slot_has_one_claim(hourly: OutboxSource) -> None:
    first = claim(hourly)
    assert first is not None
    Tick.objects.update(state=Tick.State.DONE)
    assert claim(hourly) is None


def test_a_probe_that_still_runs_makes_the_next_tick_skip(hourly: OutboxSource) -> None:
    assert claim(hourly) is not None
    Tick.objects.update(slot_at=Now() - timedelta(hours=1))
    assert claim(hourly) is None
    assert sorted(Tick.objects.values_list("state", flat=True)) == ["CLAIMED", "SKIPPED"]


def test_a_lease_that_ran_out_is_lost_and_never_makes_a_tick_skip(hourly: OutboxSource) -> None:
    assert claim(hourly) is not None
    Tick.objects.update(slot_at=Now() - timedelta(hours=1), leased_until=Now())
    assert claim(hourly) is not None
    assert sorted(Tick.objects.values_list("state", flat=True)) == ["CLAIMED", "LOST"]
