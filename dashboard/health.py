"""`/healthz` and `/readyz`, for orchestrators; nobody has to log in, so they name no names."""

from datetime import datetime
from typing import Any

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from monitor.models import Cluster, Tick
from monitor.series.partitions import hours_without_partition
from monitor.series.seal import overdue_hours

VALKEY_TIMEOUT_SECONDS = 1.0
_ASKED = ("workers", "samples", "clusters")  # of the database; null while it does not answer


@never_cache
@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process lives. Asks nobody, so that an outage elsewhere restarts no web process."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@login_not_required
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """503 without the database only: pages that explain other outages must stay reachable."""
    try:
        body = {"ready": True, "database": {"answers": True}, **_sampled(timezone.now())}
    except DatabaseError:
        body = {"ready": False, "database": {"answers": False}, **dict.fromkeys(_ASKED)}
    body["valkey"] = {"answers": _valkey_answers()}
    return JsonResponse(body, status=200 if body["ready"] else 503)


def _sampled(now: datetime) -> dict[str, Any]:
    # The primary key keeps the order of claims, so the newest finished tick is found at its end.
    finished = Tick.objects.filter(done_at__isnull=False).order_by("-pk")
    last_tick_at = finished.values_list("done_at", flat=True).first()
    return {
        "workers": {
            "last_tick_at": last_tick_at,
            "last_tick_age_seconds": (now - last_tick_at).total_seconds() if last_tick_at else None,
        },
        "samples": {
            # Any hour here means that upkeep fails, and that ticks will once that hour comes.
            "hours_without_partition": hours_without_partition(now),
            # Any hour here fills the disk and is lost in the end; the log says why it stays open.
            "hours_not_sealed": overdue_hours(now),
        },
        "clusters": [
            _cluster(cluster)
            for cluster in Cluster.objects.filter(is_enabled=True).select_related("state")
        ],
    }


def _cluster(cluster: Cluster) -> dict[str, Any]:
    """By id, for a name may tell a stranger too much. Reachability is null before a sample."""
    state = getattr(cluster, "state", None)
    sampled_at = state.sampled_at if state else None
    unreachable_since = state.unreachable_since if state else None
    is_known = sampled_at is not None or unreachable_since is not None
    return {
        "id": cluster.pk,
        "is_reachable": unreachable_since is None if is_known else None,
        "unreachable_since": unreachable_since,
        "sampled_at": sampled_at,
    }


def _valkey_answers() -> bool:
    try:
        with redis.Redis.from_url(
            settings.REDIS_URL,
            socket_timeout=VALKEY_TIMEOUT_SECONDS,
            socket_connect_timeout=VALKEY_TIMEOUT_SECONDS,
        ) as valkey:
            return bool(valkey.ping())
    except (redis.RedisError, OSError):
        return False
