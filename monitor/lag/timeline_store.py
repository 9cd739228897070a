"""Timelines in Postgres: a thirtieth of the topics is stored at each tick.

So what is stored of any topic is at most `SHARES` ticks old, and at least as many ticks come again
after a restart (`monitor.lag.recall`). What is older than samples that lie open, and what a broker
told, comes from here.
"""

from collections.abc import Iterable
from datetime import datetime

import numpy as np
from django.db.models import F

from monitor.kafka.ports import Int64s
from monitor.lag.timeline_form import packed, unpacked
from monitor.lag.timelines import Timelines
from monitor.models import TopicTimeline

SHARES = 30

# Of `monitor.lag.timeline_form`. What another version wrote is left alone, and watched anew.
_FORM = 1


def store_timelines(lines: Timelines, own: Int64s, turn: int, at: datetime) -> None:
    """Store those of the shard's own topics whose turn it is, inside the caller's transaction."""
    ids = np.intersect1d(lines.topic_ids, own)
    rows = [
        TopicTimeline(
            topic_id=topic_id, form=_FORM, stored_at=at, points=packed(lines.points_of(topic_id))
        )
        for topic_id in ids[ids % SHARES == turn % SHARES].tolist()
    ]
    TopicTimeline.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["topic"],
        update_fields=["form", "stored_at", "points"],
    )


def load_timelines(lines: Timelines, topic_ids: Iterable[int], before: datetime) -> None:
    """Fill empty timelines with what was stored of these topics.

    Not with what is from later on: then the clock was set back. Nor with what is of a log that was
    deleted since.
    """
    # The timelines of a cluster, by the primary key.
    found = TopicTimeline.objects.filter(
        topic_id__in=list(topic_ids), form=_FORM, stored_at__lt=before
    ).exclude(stored_at__lt=F("topic__recreated_at"))
    rows = found.order_by("topic_id").values_list("topic_id", "points")
    points = [(topic_id, unpacked(bytes(stored))) for topic_id, stored in rows]
    if points:
        lines.load(np.array([topic_id for topic_id, _ in points]), [one for _, one in points])
