"""The exact time lag of one partition, read from the log on demand."""

import time
from datetime import UTC, datetime

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from dashboard.access.roles import VIEW_GROUP
from dashboard.api.callers import require
from dashboard.queries import groups as queries
from highwater_events.broker.base import TopicPartition
from monitor.errors import NotFoundError
from monitor.kafka.names import unescape
from monitor.lag.exact import METHOD, exact_time_lag
from monitor.models import Topic
from monitor.replay.connect import offsets_of

router = Router(tags=["groups"])


class PlaceIn(Schema):
    """A partition of a topic."""

    topic_id: int
    partition: int = Field(ge=0)


class TimeLagOut(Schema):
    """The age of the record at the commit; `appended_at` is null, and the age 0, if none waits."""

    committed: int
    log_end: int
    appended_at: datetime | None
    time_lag_seconds: float
    time_lag_method: str


@router.get("/groups/{int:group_id}/time-lag", response=TimeLagOut)
def show_time_lag(request: HttpRequest, group_id: int, place: Query[PlaceIn]) -> TimeLagOut:
    """The exact time lag of one partition, from the timestamp of the record at its commit.

    Asks Kafka, which takes seconds at most, and needs READ on the topic.
    """
    require(request, VIEW_GROUP)
    group = queries.group(group_id)
    topic = Topic.objects.filter(pk=place.topic_id, groups__group_id=group_id).first()
    if group is None or topic is None:
        raise NotFoundError(f"There is no group {group_id} that reads topic {place.topic_id}.")
    with offsets_of(group.cluster) as offsets:
        found = exact_time_lag(
            offsets,
            unescape(group.name, is_escaped=group.name_is_escaped),
            TopicPartition(topic.name, place.partition),
            now_ms=time.time_ns() // 1_000_000,
        )
    stamp = found.timestamp_ms
    return TimeLagOut(
        committed=found.committed,
        log_end=found.log_end,
        appended_at=None if stamp is None else datetime.fromtimestamp(stamp / 1000, UTC),
        time_lag_seconds=found.seconds,
        time_lag_method=METHOD,
    )
