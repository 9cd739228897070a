"""A group's topics and partitions as of its last sample, with the member that holds each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboard.queries.transactions import TransactionProducer, moment, transaction_producer
from monitor.kafka.ports import TopicDetail
from monitor.lag.acknowledge import LostPlace, acknowledgement_of, lost_places_of
from monitor.models import Group, GroupMember, GroupTopic, LossAcknowledgement, Topic
from monitor.partition_records import PartitionRecord, at, unpacked
from monitor.values import ReadingFlag, Status

Assigned = Mapping[tuple[str, int], GroupMember]


@dataclass(frozen=True, slots=True)
class PartitionRow:
    """One partition in a group's view. Offsets and lag in records; null means unknown.

    `transaction_since` is since when an open transaction holds the stable end back,
    `transaction_producer` whose it is, where it hangs and the broker tells. Records from
    `lost_from` up to `lost_to` were deleted unread and count; null where no such loss is known. Of
    those before `acknowledged_to` an operator knows; null once the commit is past it.
    """

    topic_id: int
    topic: str
    partition: int
    committed: int | None
    log_start: int | None
    log_end: int | None
    stable_end: int | None
    transaction_since: datetime | None
    transaction_producer: TransactionProducer | None
    lag: int | None
    time_lag_seconds: float | None
    time_lag_method: str | None
    status: str | None
    flags: ReadingFlag
    lost_from: int | None
    lost_to: int | None
    acknowledged_to: int | None
    member_id: str | None
    client_id: str | None
    host: str | None


@dataclass(frozen=True, slots=True)
class TopicReading:
    """A topic that the group reads; `lag` sums the partitions whose lag is known.

    A compacted one deletes no record for its age; `deletes_by_size` is of the brokers' disks.
    `losses` is where the group has lost records, `acknowledgement` who knows of such.
    """

    topic_id: int
    topic: str
    is_compacted: bool
    deletes_by_size: bool
    sampled_at: datetime | None
    lag: int | None
    unknown_partitions: int
    losses: Sequence[LostPlace]
    acknowledgement: LossAcknowledgement | None
    partitions: Sequence[PartitionRow]


@dataclass(frozen=True, slots=True)
class GroupDetail:
    group: Group
    members: Sequence[GroupMember]
    topics: Sequence[TopicReading]

    @property
    def is_compacted(self) -> bool:
        """Whether retention deletes nothing of all that the group reads."""
        return bool(self.topics) and all(topic.is_compacted for topic in self.topics)

    @property
    def deletes_by_size(self) -> bool:
        return any(topic.deletes_by_size for topic in self.topics)

    @property
    def may_be_acknowledged(self) -> bool:
        """Whether there are lost records and the group is no longer LOSING once they are known.

        No tick comes to a disabled cluster, and an abandoned group stays what it is.
        """
        is_judged = self.group.gone_at is None and self.group.cluster.is_enabled
        is_counted = self.group.status != Status.ABANDONED
        return is_judged and is_counted and any(topic.losses for topic in self.topics)

    @property
    def acknowledgements(self) -> list[tuple[str, LossAcknowledgement]]:
        """By topic what still holds of them, the newest first."""
        said = [(one.topic, one.acknowledgement) for one in self.topics if one.acknowledgement]
        return sorted(said, key=lambda one: one[1].acknowledged_at, reverse=True)


def group_detail(group: Group) -> GroupDetail:
    """The group's members and present topics by name; two queries."""
    members = list(group.members.all())
    assigned = _assigned(members)
    present = group.topics.filter(gone_at=None).select_related("topic", "acknowledgement")
    readings = present.order_by("topic__name")
    return GroupDetail(group, members, [_topic(reading, assigned) for reading in readings])


def partition_lag(
    committed: int | None, log_start: int | None, log_end: int | None, flags: int = 0
) -> int | None:
    """Records between commit and log end, or null.

    A commit before the log's start counts from there, for what lies before it is gone. One beyond
    the end has lag 0; its flag TRUNCATED says why. Without a commit only an empty log is read,
    and only if the commit is missing, not merely unreadable.
    """
    if log_end is None:
        return None
    if committed is None:
        is_missing = not flags & ReadingFlag.UNREADABLE
        return 0 if is_missing and log_start == log_end else None
    return max(0, log_end - max(committed, log_start or 0))


def _topic(reading: GroupTopic, assigned: Assigned) -> TopicReading:
    said, records = acknowledgement_of(reading), unpacked(reading.partitions)
    losses = lost_places_of(reading, records)
    known_to = said.offsets if said else ()
    lost = {place.partition: place for place in losses}
    rows = [
        _partition(reading.topic, number, record, assigned, lost.get(number), at(known_to, number))
        for number, record in enumerate(records)
        if record.is_read
    ]
    known = [row.lag for row in rows if row.lag is not None]
    return TopicReading(
        topic_id=reading.topic_id,
        topic=reading.topic.name,
        is_compacted=reading.topic.cleanup_policy == "compact",
        deletes_by_size=_deletes_by_size(reading.topic),
        sampled_at=reading.sampled_at,
        lag=sum(known) if known else None,
        unknown_partitions=len(rows) - len(known),
        losses=losses,
        acknowledgement=said if any(row.acknowledged_to is not None for row in rows) else None,
        partitions=rows,
    )


def _deletes_by_size(topic: Topic) -> bool:
    detail = TopicDetail(
        cleanup_policy=topic.cleanup_policy,
        retention_bytes=topic.retention_bytes,
        is_tiered=topic.is_tiered,
    )
    return detail.kept_bytes is not None


def _partition(
    topic: Topic,
    number: int,
    record: PartitionRecord,
    assigned: Assigned,
    lost: LostPlace | None,
    acknowledged_to: int | None,
) -> PartitionRow:
    log_start, log_end = at(topic.log_start, number), at(topic.log_end, number)
    member = assigned.get((topic.name, number))
    is_past = record.committed is not None and record.committed >= (acknowledged_to or 0)
    return PartitionRow(
        topic_id=topic.pk,
        topic=topic.name,
        partition=number,
        committed=record.committed,
        log_start=log_start,
        log_end=log_end,
        stable_end=at(topic.stable_end, number),
        transaction_since=moment(at(topic.held_since_ms, number)),
        transaction_producer=transaction_producer(topic, number),
        lag=partition_lag(record.committed, log_start, log_end, record.flags),
        time_lag_seconds=record.time_lag_seconds,
        time_lag_method=record.time_lag_method,
        status=record.status,
        flags=record.flags,
        lost_from=lost.lost_from if lost else None,
        lost_to=lost.lost_to if lost else None,
        acknowledged_to=None if is_past else acknowledged_to,
        member_id=member.member_id if member else None,
        client_id=member.client_id if member else None,
        host=member.host if member else None,
    )


def _assigned(members: Iterable[GroupMember]) -> Assigned:
    return {
        (topic, partition): member
        for member in members
        for topic, partitions in member.assignment.items()
        for partition in partitions
    }
