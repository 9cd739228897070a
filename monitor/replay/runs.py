"""Which runs wait for a worker, and one step of one run. Called by the sweep and by its tasks."""

import logging

from django.conf import settings
from django.db.models.functions import Now

from monitor.errors import ClusterUnreachableError, ConfigurationError, FencedError, MonitorError
from monitor.models import Replay
from monitor.replay import audit, live, republish_run, rewind_run
from monitor.replay.lease import Lease, claim, free

log = logging.getLogger(__name__)

RETRY_SECONDS = 5.0


def due() -> list[int]:
    """Ids of runs that nobody works on. Plans that nobody ran in time expire here too."""
    Replay.objects.filter(state=Replay.State.PLANNED, expires_at__lt=Now()).update(
        state=Replay.State.EXPIRED
    )
    return list(Replay.objects.filter(free()).order_by("leased_until").values_list("pk", flat=True))


def work(replay_id: int) -> bool:
    """One slice, of some seconds; return whether to call again at once.

    Does nothing where another worker holds the lease. Faults that pass are stored and tried again
    after some seconds; what cannot go on ends the run as FAILED.
    """
    lease = claim(replay_id)
    if lease is None:
        return False
    replay = Replay.objects.select_related("cluster").get(pk=replay_id)
    try:
        return _step(replay, lease)
    except FencedError:
        log.info("another worker has taken the replay over", extra={"replay": replay_id})
    except (ClusterUnreachableError, ConfigurationError) as problem:
        log.warning("a replay waits", extra={"replay": replay_id, "problem": str(problem)})
        lease.release(
            wait_seconds=RETRY_SECONDS, records_per_second=None, error=f"{problem} Trying again."
        )
    except MonitorError as problem:
        log.error("a replay failed", extra={"replay": replay_id, "problem": str(problem)})
        detail = {"error": str(problem), "partitions": audit.offsets_detail(replay)}
        lease.end(Replay.State.FAILED, detail=detail, error=str(problem))
    finally:
        live.announce(replay_id)
    return False


def _step(replay: Replay, lease: Lease) -> bool:
    if replay.verb == Replay.Verb.REPUBLISH:
        return republish_run.work(replay, lease)
    interval = replay.cluster.sample_interval_seconds or settings.HIGHWATER_SAMPLE_INTERVAL
    rewind_run.work(replay, lease, interval_seconds=interval)
    return False
