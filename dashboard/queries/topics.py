"""Topics, their partitions, and who reads them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Count, Q, QuerySet

from dashboard.queries.keyset import Order, is_storable
from dashboard.queries.transactions import TransactionProducer, moment, transaction_producer
from monitor.models import Group, Topic
from monitor.partition_records import at

if TYPE_CHECKING:
    from dashboard.queries.counted import CountedTopic

BY_NAME = Order("name", str)
MOST_GROUPS = 100


@dataclass(frozen=True, slots=True)
class TopicPartition:
    """A partition's log; offsets are null where they are unknown.

    Of an open transaction since when it holds the stable end back, and whose it is, if that is
    told.
    """

    partition: int
    log_start: int | None
    log_end: int | None
    stable_end: int | None
    transaction_since: datetime | None = None
    transaction_producer: TransactionProducer | None = None


@dataclass(frozen=True, slots=True)
class TopicDetail:
    """`sampled_at` is null, and `partitions` empty, for a topic that no group reads.

    `groups` are at most `MOST_GROUPS`.
    """

    topic: Topic
    sampled_at: datetime | None
    partitions: Sequence[TopicPartition]
    groups: Sequence[Group]


def topics(
    *,
    name: str | None = None,
    search: str = "",
    cluster_id: int | None = None,
    include_gone: bool = False,
) -> "QuerySet[CountedTopic]":
    """Topics of enabled clusters with their cluster and `group_count`, unordered; one query."""
    condition = Q(cluster__is_enabled=True)
    if name is not None:
        condition &= Q(name=name) if is_storable(name) else Q(pk__in=())
    if search:
        condition &= Q(name__icontains=search) if is_storable(search) else Q(pk__in=())
    if cluster_id is not None:
        condition &= Q(cluster_id=cluster_id)
    if not include_gone:
        condition &= Q(gone_at=None)
    readers = Count("groups", filter=Q(groups__gone_at=None, groups__group__gone_at=None))
    rows = Topic.objects.filter(condition).select_related("cluster").annotate(group_count=readers)
    return rows.defer("log_start", "log_end", "stable_end", "held_since_ms", "held_by")


def topic(topic_id: int) -> "CountedTopic | None":
    """One topic with its cluster, gone or not; one query."""
    return topics(include_gone=True).defer(None).filter(pk=topic_id).first()


def topic_detail(topic: Topic) -> TopicDetail:
    """The topic's newest log, and the first present groups that read it by name; one query."""
    readers = Group.objects.filter(topics__topic=topic, topics__gone_at=None, gone_at=None)
    return TopicDetail(
        topic=topic,
        sampled_at=topic.sampled_at,
        partitions=_partitions(topic),
        groups=list(readers.select_related("cluster").order_by("name")[:MOST_GROUPS]),
    )


def _partitions(topic: Topic) -> list[TopicPartition]:
    columns = zip(topic.log_start, topic.log_end, topic.stable_end, strict=False)
    return [
        TopicPartition(
            index,
            *offsets,
            transaction_since=moment(at(topic.held_since_ms, index)),
            transaction_producer=transaction_producer(topic, index),
        )
        for index, offsets in enumerate(columns)
    ]
