"""A group's topics and partitions as of its last sample, with the member that holds each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from monitor.models import Group, GroupMember, GroupTopic
from monitor.values import ReadingFlag

Element = TypeVar("Element")
Assigned = Mapping[tuple[str, int], GroupMember]


@dataclass(frozen=True, slots=True)
class PartitionRow:
    """One partition in a group's view. Offsets and lag in records; null means unknown."""

    topic_id: int
    topic: str
    partition: int
    committed: int | None
    log_start: int | None
    log_end: int | None
    stable_end: int | None
    lag: int | None
    time_lag_seconds: float | None
    time_lag_method: str | None
    status: str | None
    flags: ReadingFlag
    member_id: str | None
    client_id: str | None
    host: str | None


@dataclass(frozen=True, slots=True)
class TopicReading:
    """A topic that the group reads; `lag` sums the partitions whose lag is known."""

    topic_id: int
    topic: str
    sampled_at: datetime | None
    lag: int | None
    unknown_partitions: int
    partitions: Sequence[PartitionRow]


@dataclass(frozen=True, slots=True)
class GroupDetail:
    group: Group
    members: Sequence[GroupMember]
    topics: Sequence[TopicReading]


def group_detail(group: Group) -> GroupDetail:
    """The group's members and present topics by name; two queries."""
    members = list(group.members.all())
    assigned = _assigned(members)
    readings = group.topics.filter(gone_at=None).select_related("topic").order_by("topic__name")
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
    rows = [
        _partition(reading, index, assigned)
        for index in range(len(reading.committed))
        if _is_read(reading, index)
    ]
    known = [row.lag for row in rows if row.lag is not None]
    return TopicReading(
        topic_id=reading.topic_id,
        topic=reading.topic.name,
        sampled_at=reading.sampled_at,
        lag=sum(known) if known else None,
        unknown_partitions=len(rows) - len(known),
        partitions=rows,
    )


def _is_read(reading: GroupTopic, index: int) -> bool:
    """A group's partitions are those with a commit or a member; sampling judges only these."""
    return reading.committed[index] is not None or _at(reading.statuses, index) is not None


def _partition(reading: GroupTopic, index: int, assigned: Assigned) -> PartitionRow:
    committed, log_start = reading.committed[index], _at(reading.log_start, index)
    log_end, flags = _at(reading.log_end, index), _at(reading.flags, index) or 0
    member = assigned.get((reading.topic.name, index))
    return PartitionRow(
        topic_id=reading.topic_id,
        topic=reading.topic.name,
        partition=index,
        committed=committed,
        log_start=log_start,
        log_end=log_end,
        stable_end=_at(reading.stable_end, index),
        lag=partition_lag(committed, log_start, log_end, flags),
        time_lag_seconds=_at(reading.time_lag_seconds, index),
        time_lag_method=_at(reading.time_lag_methods, index),
        status=_at(reading.statuses, index),
        flags=ReadingFlag(flags),
        member_id=member.member_id if member else None,
        client_id=member.client_id if member else None,
        host=member.host if member else None,
    )


def _at(column: Sequence[Element | None], index: int) -> Element | None:
    """Arrays of one row may differ in length while a topic grows."""
    return column[index] if index < len(column) else None


def _assigned(members: Iterable[GroupMember]) -> Assigned:
    return {
        (topic, partition): member
        for member in members
        for topic, partitions in member.assignment.items()
        for partition in partitions
    }
