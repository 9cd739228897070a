"""What workers do. Every task claims its work by a row, so that doing it twice does no harm.

`sweep` runs each second, finds by rows what is due, and queues a hint for each; a hint that nobody
took within its time is dropped, and the next sweep gives a new one.
"""

import logging
from datetime import UTC, datetime, timedelta

from celery import shared_task
from django.conf import settings
from django.db import InterfaceError, OperationalError

from monitor.backlog import measure as backlog
from monitor.lag import claim, collect
from monitor.lag.purge import purge
from monitor.models import Tick
from monitor.replay import runs
from monitor.series.partitions import ensure_partitions
from monitor.series.retention import drop_old
from monitor.ticks import database_time

log = logging.getLogger(__name__)

# Postgres may go away: a line in the log, no traceback, and the next sweep tries again.
PASSING = (OperationalError, InterfaceError)
# Celery compares the clocks of two hosts, so a hint lives longer than they may be apart. An old one
# is harmless: whoever takes it claims the present slot, or nothing.
HINT_SECONDS = 60
_kept_up: dict[str, datetime] = {}


@shared_task(name="sweep", throws=PASSING, expires=HINT_SECONDS)
def sweep() -> None:
    """Queue a hint for everything that is due, and the upkeep once a minute."""
    for cluster_id in claim.due():
        sample_cluster.delay(cluster_id)
    for source_id in backlog.due():
        measure_outbox.delay(source_id)
    for replay_id in runs.due():
        run_replay.delay(replay_id)
    minute = datetime.now(UTC).replace(second=0, microsecond=0)
    if _kept_up.get("minute") != minute:
        _kept_up["minute"] = minute
        keep_up.delay()


@shared_task(name="sample_cluster", throws=PASSING, expires=HINT_SECONDS)
def sample_cluster(cluster_id: int) -> None:
    collect.collect(cluster_id)


@shared_task(name="measure_outbox", throws=PASSING, expires=HINT_SECONDS)
def measure_outbox(source_id: int) -> None:
    backlog.measure(source_id)


@shared_task(name="run_replay", throws=PASSING, expires=HINT_SECONDS)
def run_replay(replay_id: int) -> None:
    if runs.work(replay_id):
        run_replay.delay(replay_id)


@shared_task(name="keep_up", throws=PASSING, expires=HINT_SECONDS)
def keep_up() -> None:
    """Make the next hours' partitions, drop those past retention with their ticks, and purge."""
    # By the clock that wrote them: a worker whose own is days ahead would drop everything.
    now, keep_hours = database_time(), int(settings.HIGHWATER_KEEP_OPEN_HOURS)
    ensure_partitions(now)
    dropped = drop_old(now, keep_hours)
    old_ticks = Tick.objects.filter(slot_at__lt=now - timedelta(hours=keep_hours))
    deleted, _ = old_ticks.delete()
    purged = purge(now - timedelta(days=settings.HIGHWATER_KEEP_HISTORY_DAYS))
    counts = {"partitions_dropped": len(dropped), "ticks_deleted": deleted}
    log.info("upkeep done", extra={**counts, "rows_purged": purged})
