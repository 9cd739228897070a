"""Deleting what is over for long: status changes, and what is gone from Kafka.

Replays and the audit trail name clusters, groups and topics by plain values, so they stay whole.
Rows go in batches, each in a transaction of its own: ticks wait for a moment, pages for nothing.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from monitor import ticks
from monitor.models import (
    Cluster,
    Group,
    GroupTopic,
    IntervalChange,
    LossAcknowledgement,
    StatusChange,
    Topic,
)

ROWS_A_BATCH = 1000
BATCHES_A_RUN = 20


def purge(before: datetime) -> dict[str, int]:
    """Delete what was over before then, a bounded share of it; return how many rows of each kind.

    Changes go first, so that a group has few left to take with it. Acknowledgements that say
    nothing any more go whenever they were said.
    """
    changes = StatusChange.objects.filter(at__lt=before).order_by("at")
    intervals = IntervalChange.objects.filter(at__lt=before)
    counts = {
        "changes": _in_batches(partial(_delete, changes)),
        "intervals": _in_batches(partial(_delete, intervals)),
        "acknowledgements": _in_batches(partial(_delete, _void())),
        "reads": 0,
        "groups": 0,
        "topics": 0,
    }
    for cluster in Cluster.objects.all():
        gone = {
            "reads": GroupTopic.objects.filter(gone_at__lt=before, group__cluster=cluster),
            "groups": Group.objects.filter(gone_at__lt=before, cluster=cluster),
            "topics": Topic.objects.filter(gone_at__lt=before, cluster=cluster),
        }
        for kind, rows in gone.items():
            counts[kind] += _in_batches(partial(_delete_between_ticks, cluster, rows))
    return counts


def is_left(before: datetime) -> bool:
    """Whether something that was gone by then is there still: a tick ran, or it is much."""
    kinds: tuple[type[GroupTopic | Group | Topic], ...] = (GroupTopic, Group, Topic)
    return any(kind._default_manager.filter(gone_at__lt=before).exists() for kind in kinds)


def _void() -> QuerySet[LossAcknowledgement]:
    """Of a log that the topic has no more."""
    topic_id = F("group_topic__topic__kafka_topic_id")
    return LossAcknowledgement.objects.exclude(kafka_topic_id__in=("", topic_id))


def _in_batches(delete: Callable[[], int]) -> int:
    total = 0
    for _ in range(BATCHES_A_RUN):
        deleted = delete()
        total += deleted
        if deleted < ROWS_A_BATCH:
            break
    return total


def _delete_between_ticks(cluster: Cluster, rows: QuerySet[Any]) -> int:
    """None while a tick runs: it may have met a group that was gone, and go by its id."""
    with transaction.atomic():
        return _delete(rows.order_by("pk")) if ticks.hold_off(cluster) else 0


def _delete(rows: QuerySet[Any]) -> int:
    """One batch; rows that somebody else holds stay for the next run."""
    with transaction.atomic():
        free = rows.select_for_update(skip_locked=True, of=("self",))
        pks = list(free.values_list("pk", flat=True)[:ROWS_A_BATCH])
        rows.model._default_manager.filter(pk__in=pks).delete()
    return len(pks)
