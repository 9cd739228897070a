"""The Celery application: queues, how workers behave, and the one thing beat does.

Queue messages are hints and rows are the truth: a message that is lost, late or doubled changes
nothing, because every task claims its work by a row. So nothing here needs a result backend, and
losing Valkey loses no data.
"""

import logging
import os
from typing import Any

from celery import Celery
from celery.beat import ScheduleEntry, Scheduler, SchedulingError
from celery.concurrency.thread import TaskPool as ThreadPool
from celery.signals import (
    beat_init,
    celeryd_after_setup,
    setup_logging,
    task_postrun,
    worker_init,
    worker_process_init,
    worker_process_shutdown,
    worker_shutdown,
)
from django.conf import settings
from kombu import Queue

from dashboard.allocator import give_back, share_one_arena

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")

log = logging.getLogger(__name__)

QUEUES = ("sampling", "backlog", "upkeep", "series", "replay")
QUEUE_OF = {
    "sample_cluster": "sampling",
    "measure_outbox": "backlog",
    "sweep": "upkeep",
    "keep_up": "upkeep",
    "purge_history": "upkeep",
    "seal_hours": "series",
    "drop_series": "series",
    "run_replay": "replay",
}

app = Celery("highwater")
app.conf.update(
    broker_url=settings.REDIS_URL,
    # Valkey may go away for as long as it likes; its silence is noticed within seconds.
    broker_connection_max_retries=None,
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "socket_timeout": 10,
        "socket_connect_timeout": 3,
        "socket_keepalive": True,
        "health_check_interval": 5,
        "visibility_timeout": 120,
    },
    task_publish_retry_policy={"max_retries": 1, "interval_start": 0.2},
    task_queues=[Queue(name) for name in QUEUES],
    task_routes={task: {"queue": queue} for task, queue in QUEUE_OF.items()},
    task_default_queue="upkeep",
    task_create_missing_queues=False,
    # One message at a time, let go of when done: a slow tick never sits on another's message.
    worker_prefetch_multiplier=1,
    task_acks_late=True,
    # A task that hangs in a client library must not hold its worker for ever. Threads cannot be
    # ended so: there it holds one of them, and its cluster alone (`monitor.lag.alone`).
    task_time_limit=300,
    task_ignore_result=True,
    task_serializer="json",
    accept_content=["json"],
    imports=["monitor.tasks"],
    beat_schedule={"sweep": {"task": "sweep", "schedule": 1.0}},
    beat_scheduler="dashboard.celery:MemoryScheduler",
    beat_max_loop_interval=1,
    timezone="UTC",
)


class MemoryScheduler(Scheduler):
    """Keeps no file: a missed sweep needs no making up, the next one finds what is due."""

    def setup_schedule(self) -> None:
        self.merge_inplace(self.app.conf.beat_schedule)

    def is_due(self, entry: ScheduleEntry) -> Any:
        # After a clock was set back, a last run in the future would be waited for.
        now = entry.default_now()
        entry.last_run_at = min(entry.last_run_at or now, now)
        return super().is_due(entry)

    def apply_entry(self, entry: ScheduleEntry, producer: Any = None) -> None:
        try:
            self.apply_async(entry, producer=producer, advance=False)
        except SchedulingError as problem:
            log.warning("the sweep was not queued", extra={"problem": str(problem)})


@setup_logging.connect
def _keep_djangos_logging(**_: object) -> None:
    """Celery sets up none of its own while somebody listens here.

    A sweep a second would drown all else: what went well is a row, only the rest is a line.
    """
    for name in ("celery.worker.strategy", "celery.worker.request"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("celery.app.trace").addFilter(lambda line: "succeeded" not in str(line.msg))


@worker_init.connect
@beat_init.connect
def _stop_on_wrong_settings(**_: object) -> None:
    from monitor.checks import stop_on_errors  # late, for the same reason as telemetry below

    stop_on_errors()


@worker_init.connect
def _keep_little_memory(**_: object) -> None:
    """Before the pool has threads; a forked child has it from its parent."""
    share_one_arena()


@task_postrun.connect
def _give_memory_back(task: Any, retval: object, **_: object) -> None:
    """When a tick is stored and told, so that nobody waits for it. A hint that is passed on took
    nothing, and another shard's tick may be in the middle of its own.
    """
    if task.name == "sample_cluster" and retval is True:
        give_back()


@worker_process_init.connect
def _start_telemetry_of_worker(**_: object) -> None:
    _telemetry().start("worker")


@celeryd_after_setup.connect
def _start_telemetry_of_threads(instance: Any, **_: object) -> None:
    """A pool of threads forks nothing, so it sends no signal of a process that begins or ends."""
    if issubclass(instance.pool_cls, ThreadPool):
        _telemetry().start("worker")
        worker_shutdown.connect(_stop_telemetry)


@beat_init.connect
def _start_telemetry_of_beat(**_: object) -> None:
    _telemetry().start("beat")


@worker_process_shutdown.connect
def _stop_telemetry(**_: object) -> None:
    _telemetry().stop()


def _telemetry() -> Any:
    # Imported late: it needs Django's apps, which Celery sets up after this module.
    from dashboard import telemetry

    return telemetry
