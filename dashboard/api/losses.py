"""Lost records of a group, acknowledged by whoever may."""

from datetime import datetime

from django.http import HttpRequest
from ninja import Field, Router, Schema
from pydantic import field_validator

from dashboard.api.callers import actor_of, require
from dashboard.api.parameters import Text
from monitor import reasons
from monitor.lag.acknowledge import PERMISSIONS, acknowledge

router = Router(tags=["groups"])


class LostPlaceIn(Schema, extra="forbid"):
    """Where records were lost, as the group's partitions tell it."""

    topic_id: int
    partition: int = Field(ge=0)
    lost_to: int = Field(ge=0)


class AcknowledgeIn(Schema, extra="forbid"):
    """`partitions` is what was seen: what is lost elsewhere, or after it, goes on to count."""

    partitions: list[LostPlaceIn] = Field(min_length=1)
    reason: Text

    @field_validator("reason")
    @classmethod
    def is_said(cls, reason: str) -> str:
        if problem := reasons.problem(reason, of="an acknowledgement"):
            raise ValueError(problem)
        return reason


class LostPlaceOut(Schema):
    """Records from `lost_from` up to `lost_to` no longer count as lost to the group."""

    topic_id: int
    topic: str
    partition: int
    committed: int | None
    lost_from: int
    lost_to: int


class AcknowledgedOut(Schema):
    """What was acknowledged. The group's status follows with the next samples."""

    group_id: int
    lost_records: int
    acknowledged_at: datetime
    partitions: list[LostPlaceOut]


@router.post("/groups/{int:group_id}/acknowledge-losses", response=AcknowledgedOut)
def acknowledge_losses(
    request: HttpRequest, group_id: int, wanted: AcknowledgeIn
) -> AcknowledgedOut:
    """Say that lost records are known: the group is no longer LOSING by them.

    No offset moves. What is lost later counts again; all of it is over once the group commits
    beyond the log start.
    """
    require(request, *PERMISSIONS)
    seen = {(one.topic_id, one.partition): one.lost_to for one in wanted.partitions}
    done = acknowledge(actor_of(request), group_id, reason=wanted.reason, seen=seen)
    return AcknowledgedOut(**done.fields)
