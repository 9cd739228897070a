"""What workers do. Every task claims its work by a row, so that doing it twice does no harm.

`sweep` runs each second, finds by rows what is due, and queues a hint for each; a hint that nobody
took within its time is dropped, and the next sweep gives a new one.
"""

import logging
from datetime import UTC, datetime, timedelta
from time import sleep

from celery import shared_task
from django.conf import settings
from django.db import InterfaceError, OperationalError

from monitor.backlog import measure as backlog
from monitor.lag import claim, collect, turns
from monitor.lag.purge import is_left, purge
from monitor.lag.windows import LENGTH
from monitor.models import Cluster, OutboxSource
from monitor.replay import runs
from monitor.series import interval
from monitor.series.clusters import LONGEST_BY_SAMPLE
from monitor.series.partitions import ensure_partitions, ensure_sealed_partitions
from monitor.series.retention import Keep, drop_old
from monitor.series.seal import seal_due
from monitor.ticks import Subject, database_time, purge_ticks

log = logging.getLogger(__name__)

# Postgres may go away: a line in the log, no traceback, and the next sweep tries again.
PASSING = (OperationalError, InterfaceError)
# Celery compares the clocks of two hosts, so a hint lives longer than they may be apart. An old one
# is harmless: whoever takes it claims the present slot, or nothing.
HINT_SECONDS = 60
SEALING_SECONDS = 3600
# What is stuck is tried every few seconds, until the next upkeep begins anew.
RETRY_SECONDS = 2
# A hint that is passed on may come back at once: nobody else may be there.
PASS_ON_SECONDS = 0.05
MOST_TRIES = 12
# Charts of samples, and what was sampled when, go by ticks.
KEEP_TICKS = LONGEST_BY_SAMPLE + timedelta(days=1)
KEPT_TICKS = LENGTH + 2
_kept_up: dict[str, datetime] = {}


@shared_task(name="sweep", throws=PASSING, expires=HINT_SECONDS)
def sweep() -> None:
    """Queue a hint for everything that is due, and the upkeep once a minute."""
    for cluster_id, shard in claim.due():
        sample_cluster.delay(cluster_id, shard)
    for source_id in backlog.due():
        measure_outbox.delay(source_id)
    for replay_id in runs.due():
        run_replay.delay(replay_id)
    minute = datetime.now(UTC).replace(second=0, microsecond=0)
    if _kept_up.get("minute") != minute:
        _kept_up["minute"] = minute
        keep_up.delay()


@shared_task(name="sample_cluster", throws=PASSING, expires=HINT_SECONDS)
def sample_cluster(cluster_id: int, shard: int = 0) -> bool:
    """Whether there was a tick."""
    if turns.is_for_another(cluster_id, shard):
        sleep(PASS_ON_SECONDS)
        sample_cluster.delay(cluster_id, shard)
        return False
    return collect.collect(cluster_id, shard=shard) is not None


@shared_task(name="measure_outbox", throws=PASSING, expires=HINT_SECONDS)
def measure_outbox(source_id: int) -> None:
    backlog.measure(source_id)


@shared_task(name="run_replay", throws=PASSING, expires=HINT_SECONDS)
def run_replay(replay_id: int) -> None:
    if runs.work(replay_id):
        run_replay.delay(replay_id)


@shared_task(name="keep_up", throws=PASSING, expires=HINT_SECONDS)
def keep_up() -> None:
    """Make the next partitions, purge what is over, and queue what may take longer."""
    # By the clock that wrote them: a worker whose own is days ahead would drop everything.
    now = database_time()
    ensure_partitions(now)
    ensure_sealed_partitions(now)
    seal_hours.delay()
    drop_series.delay()
    deleted = purge_ticks(now - KEEP_TICKS)
    log.info("upkeep done", extra={"ticks_deleted": deleted})
    purge_history()


@shared_task(name="purge_history", throws=PASSING, expires=HINT_SECONDS)
def purge_history(tries: int = MOST_TRIES) -> None:
    """Purge what is over for long; what a tick stood in the way of is tried again soon.

    Minutes begin together with slots, so the first try mostly meets a tick that runs.
    """
    before = database_time() - timedelta(days=settings.HIGHWATER_KEEP_HISTORY_DAYS)
    log.info("history purged", extra={"rows_purged": purge(before)})
    if tries > 1 and is_left(before):
        purge_history.apply_async(kwargs={"tries": tries - 1}, countdown=RETRY_SECONDS)


@shared_task(name="seal_hours", throws=PASSING, expires=HINT_SECONDS, time_limit=SEALING_SECONDS)
def seal_hours() -> None:
    """Seal the hours that are due; whoever comes while one is being sealed leaves it alone."""
    seal_due(database_time())


@shared_task(name="drop_series", throws=PASSING, expires=HINT_SECONDS)
def drop_series(tries: int = MOST_TRIES) -> None:
    """Drop what is past retention; what somebody still reads is tried again soon."""
    dropped = drop_old(database_time(), _keep())
    if dropped.names:
        log.info("old series dropped", extra={"partitions": dropped.names})
    if dropped.stuck and tries > 1:
        drop_series.apply_async(kwargs={"tries": tries - 1}, countdown=RETRY_SECONDS)
    elif dropped.stuck:
        log.warning("old series stay while somebody reads them", extra={"of": dropped.stuck})


def _keep() -> Keep:
    """As the settings say; windows of the slowest cluster or outbox come back from open rows."""
    subjects: list[Subject] = [*Cluster.objects.all(), *OutboxSource.objects.all()]
    slowest = max((interval.of(subject) for subject in subjects), default=timedelta())
    return Keep(
        open_hours=settings.HIGHWATER_KEEP_OPEN_HOURS,
        after_sealing=slowest * KEPT_TICKS,
        block_days=settings.HIGHWATER_KEEP_BLOCKS_DAYS,
        summary_days=settings.HIGHWATER_KEEP_SUMMARIES_DAYS,
    )
