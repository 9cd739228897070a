"""Topics: their list, and one with its log and its readers."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from dashboard.access.roles import VIEW_TOPIC
from dashboard.api.callers import require
from dashboard.api.groups import GroupOut, ProducerOut
from dashboard.api.parameters import Paging, Text, next_link
from dashboard.queries import topics as queries
from monitor.errors import NotFoundError

if TYPE_CHECKING:
    from dashboard.queries.counted import CountedTopic

router = Router(tags=["topics"])


class TopicOut(Schema):
    """`group_count` is how many present groups read the topic; nulls are not told."""

    id: int
    cluster_id: int
    name: str
    partition_count: int | None
    cleanup_policy: str
    retention_ms: int | None
    retention_bytes: int | None
    group_count: int
    first_seen_at: datetime
    gone_at: datetime | None

    @classmethod
    def of(cls, topic: "CountedTopic") -> "TopicOut":
        return cls(
            id=topic.pk,
            cluster_id=topic.cluster_id,
            name=topic.name,
            partition_count=topic.partition_count,
            cleanup_policy=topic.cleanup_policy,
            retention_ms=topic.retention_ms,
            retention_bytes=topic.retention_bytes,
            group_count=topic.group_count,
            first_seen_at=topic.first_seen_at,
            gone_at=topic.gone_at,
        )


class TopicPage(Schema):
    items: list[TopicOut]
    next: str | None


class LogOut(Schema):
    """A partition's log: first offset, next one, and the last stable one.

    `transaction_since` and `transaction_producer` as with a group's partitions.
    """

    partition: int
    log_start: int | None
    log_end: int | None
    stable_end: int | None
    transaction_since: datetime | None
    transaction_producer: ProducerOut | None


class TopicDetailOut(Schema):
    """Without a group that reads the topic its log is not sampled: no partitions, no time."""

    topic: TopicOut
    sampled_at: datetime | None
    partitions: list[LogOut]
    groups: list[GroupOut] = Field(
        description=f"The first {queries.MOST_GROUPS} by name of `topic.group_count`; all by"
        " `/api/v1/groups?topic_id=`."
    )


class TopicFilterIn(Schema):
    """Which topics."""

    name: Text | None = Field(None, description="The whole name, exactly.")
    search: Text = Field("", description="A part of the name, in any case.")
    cluster_id: int | None = None
    include_gone: bool = Field(False, description="Also topics that the cluster has no more.")


@router.get("/topics", response=TopicPage)
def list_topics(
    request: HttpRequest, wanted: Query[TopicFilterIn], paging: Query[Paging]
) -> TopicPage:
    """Topics of all enabled clusters by name."""
    require(request, VIEW_TOPIC)
    rows = queries.topics(
        name=wanted.name,
        search=wanted.search,
        cluster_id=wanted.cluster_id,
        include_gone=wanted.include_gone,
    )
    page = paging.read(rows, queries.BY_NAME)
    items = [TopicOut.of(topic) for topic in page.rows]
    return TopicPage(items=items, next=next_link(request, page))


@router.get("/topics/{int:topic_id}", response=TopicDetailOut)
def show_topic(request: HttpRequest, topic_id: int) -> TopicDetailOut:
    """One topic with its partitions and the groups that read it."""
    require(request, VIEW_TOPIC)
    topic = queries.topic(topic_id)
    if topic is None:
        raise NotFoundError(f"There is no topic {topic_id}.")
    detail = queries.topic_detail(topic)
    return TopicDetailOut(
        topic=TopicOut.of(topic),
        sampled_at=detail.sampled_at,
        partitions=[LogOut.from_orm(row) for row in detail.partitions],
        groups=[GroupOut.of(group) for group in detail.groups],
    )
