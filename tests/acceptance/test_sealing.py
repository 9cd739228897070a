"""Upkeep by real processes: what is over is sealed, and what is sealed goes."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from monitor.models import OutboxSource
from monitor.series.partitions import HOUR, ensure_partitions, open_hours, start_of_hour
from monitor.series.sealed import sealed_hours
from tests.acceptance.sampling import Fleet, fleet, stops_cleanly
from tests.monitor.series.emptied import drop_everything
from tests.waiting import eventually

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(150),
]


@pytest.fixture
def processes(tmp_path: Path, transactional_db: None) -> Iterator[Fleet]:
    drop_everything()
    with fleet(tmp_path) as started:
        yield started
    drop_everything()


def sample_hours(count: int) -> None:
    """An outbox that was sampled once in each of the last hours."""
    source = OutboxSource.objects.create(
        name="shop", dsn_reference="env:HIGHWATER_SECRET_SHOP", is_enabled=False
    )
    for number in range(1, count + 1):
        at = start_of_hour(timezone.now()) - number * HOUR
        ensure_partitions(at)
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO monitor_backlog_sample"
                " (sampled_at, source_id, depth_is_exact, by_type) VALUES (%s, %s, true, '{}')",
                [at + timedelta(minutes=1), source.pk],
            )


def sealed() -> int:
    now = timezone.now()
    return len(sealed_hours(now - 10 * HOUR, now))


def test_a_worker_of_its_queue_seals_what_is_over_and_drops_what_is_sealed(
    processes: Fleet,
) -> None:
    sample_hours(4)
    started = [processes.beat(), processes.worker("upkeep,series")]
    # The last hour may have ended less than five minutes ago.
    assert eventually(lambda: sealed() >= 3, within_seconds=60), processes.said()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE monitor_sealed_hour SET sealed_at = sealed_at - interval '5 min'")
    oldest = start_of_hour(timezone.now()) - 4 * HOUR
    assert eventually(lambda: oldest not in open_hours(), within_seconds=80), processes.said()
    assert [stops_cleanly(process) for process in started] == [True, True]
