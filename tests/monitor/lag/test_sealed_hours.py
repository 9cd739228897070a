"""Ticks and sealed hours: nothing is lost unseen, and a restart forgets nothing."""

from datetime import timedelta

import pytest
from django.db import connection
from psycopg.errors import RaiseException

from monitor.models import Tick
from monitor.series import seal
from monitor.series.partitions import HOUR, start_of_hour
from tests.monitor.lag.worlds import Sampled

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_mid_hour(sampled: Sampled) -> None:
    """Not in the past, where leases have run out."""
    sampled.now = start_of_hour(sampled.now) + HOUR * 1.5


def samples() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM monitor_lag_sample")
        return int(cursor.fetchone()[0])


def test_a_tick_of_an_hour_that_is_sealed_fails_loudly_and_stores_nothing(
    sampled: Sampled,
) -> None:
    """As after the database's clock was set back."""
    sampled.tick()
    before, hour = samples(), start_of_hour(sampled.now)
    Tick.objects.update(leased_until=sampled.now - HOUR)
    assert seal.seal(hour)
    with pytest.raises(RaiseException, match="Was the clock set back"):
        sampled.tick()
    assert samples() == before
    assert Tick.objects.filter(state=Tick.State.DONE).count() == 1
    sampled.now = hour + HOUR + timedelta(minutes=1)
    assert sampled.tick() is Tick.State.DONE


def test_windows_come_back_after_the_hour_before_was_sealed(sampled: Sampled) -> None:
    for _ in range(3):
        sampled.fall_behind()
        sampled.tick()
    status = sampled.status("g")
    seal.seal(start_of_hour(sampled.now))
    sampled.restart()
    sampled.now = start_of_hour(sampled.now) + HOUR
    sampled.fall_behind()
    sampled.tick()
    assert sampled.status("g") == status == "WARN"
