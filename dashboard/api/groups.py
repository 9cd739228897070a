"""Consumer groups: their list, one with its partitions, and its lag over time."""

from datetime import datetime
from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema
from pydantic import BeforeValidator

from dashboard.access.roles import VIEW_GROUP
from dashboard.api.callers import require
from dashboard.api.parameters import Paging, Range, Text, next_link
from dashboard.queries import groups as queries
from dashboard.queries.group_detail import group_detail
from monitor.errors import NotFoundError
from monitor.lag.forecast import drain, flow_of
from monitor.models import Group
from monitor.series.read import group_series
from monitor.values import LossBy, ReadingFlag, Status

router = Router(tags=["groups"])


def _flag_names(flags: ReadingFlag | list[str]) -> list[str]:
    """Also takes names, for django-ninja validates an answer once more on its way out."""
    if not isinstance(flags, ReadingFlag):
        return flags
    return [flag.name for flag in flags if flag.name]


FlagNames = Annotated[list[str], BeforeValidator(_flag_names)]


class GroupOut(Schema):
    """A group as of its last sample; the fields of its live message.

    `lag` (records) is the sum over the partitions whose lag is known: with `lag_is_at_least` some
    are not. `gone_at` is since when the cluster has the group no more; the rest is the last known.
    `status` held for `HIGHWATER_STATUS_TICKS` samples; `raw_status` is what the last one found, for
    `raw_ticks` samples in a row, 0 where the two are the same. `last_status` is what an ABANDONED
    group was before, and null for any other.

    Rates are those of the last minute, `_15m` those of the last 15, null until 5 minutes are known.
    `drain_seconds` is until its lag is gone at the rates of the minute, or of the 15 where the
    minute saw nothing consumed; null if that is unknown or, with
    `never_drains`, never. `lost_records` were deleted before the group read them, since each commit
    last moved, without those that somebody has acknowledged and those within the allowed lag: at
    least so many, where it is not known of some partitions; null instead of 0 then.
    `loss_seconds` after `sampled_at`, retention may delete the first record
    that the group reaches too late, at the earliest; null: none is foreseen. `loss_by` says what
    comes first: `time` (retention.ms), `size` (retention.bytes), or `about_size` where the log's
    size is estimated; null with `loss_seconds`. By size, null may mean that sizes are not told:
    `log_sizes` is then in the cluster's `not_told`.
    """

    id: int
    cluster_id: int
    name: str
    state: str
    status: Status
    status_since: datetime
    status_reason: str
    raw_status: Status
    raw_ticks: int
    last_status: Status | None
    members: int | None
    lag: int | None
    lag_is_at_least: bool
    lag_max: int | None
    time_lag_seconds: float | None
    partitions: int
    unknown_partitions: int
    produced_per_second: float | None
    consumed_per_second: float | None
    produced_per_second_15m: float | None
    consumed_per_second_15m: float | None
    drain_seconds: float | None
    never_drains: bool
    lost_records: int | None
    loss_seconds: float | None
    loss_by: LossBy | None
    sampled_at: datetime | None
    gone_at: datetime | None

    @classmethod
    def of(cls, group: Group) -> "GroupOut":
        flow = flow_of(group)
        drains = drain(group.lag, flow.produced, flow.consumed)
        return cls(
            id=group.pk,
            cluster_id=group.cluster_id,
            name=group.name,
            state=group.state,
            status=Status(group.status),
            status_since=group.status_since,
            status_reason=group.status_reason,
            raw_status=Status(group.raw_status),
            raw_ticks=group.raw_ticks,
            last_status=Status(group.last_status) if group.last_status else None,
            members=group.member_count,
            lag=group.lag,
            lag_is_at_least=group.unknown_partitions > 0,
            lag_max=group.lag_max,
            time_lag_seconds=group.time_lag_seconds,
            partitions=group.partitions,
            unknown_partitions=group.unknown_partitions,
            produced_per_second=group.produced_per_second,
            consumed_per_second=group.consumed_per_second,
            produced_per_second_15m=group.produced_per_second_15m,
            consumed_per_second_15m=group.consumed_per_second_15m,
            drain_seconds=drains.seconds,
            never_drains=drains.is_never,
            lost_records=group.lost_records,
            loss_seconds=group.loss_seconds,
            loss_by=LossBy(group.loss_by) if group.loss_by else None,
            sampled_at=group.sampled_at,
            gone_at=group.gone_at,
        )


class GroupPage(Schema):
    items: list[GroupOut]
    next: str | None


class MemberOut(Schema):
    """A member as of the last slower tick; `assignment` maps topics to partitions."""

    member_id: str
    instance_id: str
    client_id: str
    host: str
    assignment: dict[str, list[int]]


class ProducerOut(Schema):
    """The producer of a transaction; `last_wrote_at` is its newest record's timestamp there."""

    id: int
    epoch: int
    last_wrote_at: datetime | None


class PartitionOut(Schema):
    """A partition in the group's view. `flags` say why a value is odd or missing.

    Records from `lost_from` up to `lost_to` were deleted before the group read them, and count;
    null where no such loss is known. Of those before `acknowledged_to` somebody knows.
    `transaction_since` is since when an open transaction holds `stable_end` back,
    `transaction_producer` whose it is: told once it hangs, where the account may read the topic.
    """

    partition: int
    committed: int | None
    log_start: int | None
    log_end: int | None
    stable_end: int | None
    transaction_since: datetime | None
    transaction_producer: ProducerOut | None
    lag: int | None
    time_lag_seconds: float | None
    time_lag_method: str | None
    status: str | None
    flags: FlagNames
    lost_from: int | None
    lost_to: int | None
    acknowledged_to: int | None
    member_id: str | None
    client_id: str | None
    host: str | None


class LossAcknowledgementOut(Schema):
    """Who knows of how many records that were lost, since when, and what he says to it."""

    lost_records: int
    acknowledged_by: str
    acknowledged_at: datetime
    reason: str


class ReadTopicOut(Schema):
    topic_id: int
    topic: str
    sampled_at: datetime | None
    lag: int | None
    unknown_partitions: int
    acknowledgement: LossAcknowledgementOut | None
    partitions: list[PartitionOut]


class GroupDetailOut(Schema):
    group: GroupOut
    members: list[MemberOut]
    topics: list[ReadTopicOut]


class LagOut(Schema):
    """Lists of the same length; a null is a gap or unknown. `times` are epoch seconds.

    Each point stands for a stretch: `lag` is its last, `lag_min` and `lag_max` its extremes.
    `topics` has the lag by topic id.
    """

    times: list[float]
    lag: list[int | None]
    lag_min: list[int | None]
    lag_max: list[int | None]
    unknown_partitions: list[int | None]
    time_lag_seconds: list[float | None]
    produced_per_second: list[float | None]
    consumed_per_second: list[float | None]
    status: list[str | None]
    topics: dict[int, list[int | None]]


class GroupFilterIn(Schema):
    """Which groups, in which order."""

    name: Text | None = Field(None, description="The whole name, exactly.")
    search: Text = Field("", description="A part of the name, in any case.")
    status: list[Status] = Field([], description="Repeat it for several.")
    cluster_id: int | None = None
    topic_id: int | None = Field(None, description="Only groups that read this topic.")
    include_gone: bool = Field(False, description="Also groups that the cluster has no more.")
    sort: Literal["name", "lag", "time_lag", "status", "members"] = "name"
    order: Literal["asc", "desc"] = Field("asc", description="Unknown comes last in both.")

    def asked(self) -> queries.GroupFilter:
        return queries.GroupFilter(
            name=self.name,
            search=self.search,
            statuses=self.status,
            cluster_id=self.cluster_id,
            topic_id=self.topic_id,
            include_gone=self.include_gone,
        )


@router.get("/groups", response=GroupPage)
def list_groups(
    request: HttpRequest, wanted: Query[GroupFilterIn], paging: Query[Paging]
) -> GroupPage:
    """Groups of all enabled clusters, filtered and sorted."""
    require(request, VIEW_GROUP)
    order = queries.order(wanted.sort, is_descending=wanted.order == "desc")
    page = paging.read(queries.groups(wanted.asked()), order)
    items = [GroupOut.of(group) for group in page.rows]
    return GroupPage(items=items, next=next_link(request, page))


@router.get("/groups/{int:group_id}", response=GroupDetailOut)
def show_group(request: HttpRequest, group_id: int) -> GroupDetailOut:
    """One group with its members and the partitions that it reads."""
    require(request, VIEW_GROUP)
    detail = group_detail(_group(group_id))
    return GroupDetailOut(
        group=GroupOut.of(detail.group),
        members=[MemberOut.from_orm(member) for member in detail.members],
        topics=[ReadTopicOut.from_orm(topic) for topic in detail.topics],
    )


@router.get("/groups/{int:group_id}/lag", response=LagOut)
def show_lag(request: HttpRequest, group_id: int, asked: Query[Range]) -> LagOut:
    """The group's lag, time lag, rates and status over a range."""
    require(request, VIEW_GROUP)
    span = asked.span()
    series = group_series(_group(group_id).pk, start=span.start, end=span.end, points=asked.points)
    return LagOut.from_orm(series)


def _group(group_id: int) -> Group:
    group = queries.group(group_id)
    if group is None:
        raise NotFoundError(f"There is no group {group_id}.")
    return group
