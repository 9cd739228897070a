"""Lost records of a group, acknowledged by whoever may."""

from datetime import datetime

from django.http import HttpRequest
from ninja import Field, Router, Schema
from pydantic import field_validator

from dashboard.access.roles import ACKNOWLEDGE_LOSS, VIEW_GROUP
from dashboard.api.callers import actor_of, require
from dashboard.api.parameters import Text
from monitor import reasons
from monitor.lag.acknowledge import Acknowledgement, acknowledge

router = Router(tags=["groups"])


class AcknowledgeIn(Schema, extra="forbid"):
    """`lost_records` is the number that was seen in the group: of more, nothing is acknowledged."""

    lost_records: int = Field(ge=1)
    reason: Text

    @field_validator("reason")
    @classmethod
    def is_said(cls, reason: str) -> str:
        if problem := reasons.problem(reason, of="an acknowledgement"):
            raise ValueError(problem)
        return reason


class AcknowledgedPlaceOut(Schema):
    """Records before the offset `acknowledged_to` no longer count as lost to the group."""

    topic_id: int
    topic: str
    partition: int
    committed: int
    acknowledged_to: int


class AcknowledgedOut(Schema):
    """What was acknowledged. The group's status follows with the next samples."""

    group_id: int
    lost_records: int
    acknowledged_at: datetime
    partitions: list[AcknowledgedPlaceOut]

    @classmethod
    def of(cls, done: Acknowledgement) -> "AcknowledgedOut":
        places = [
            AcknowledgedPlaceOut(
                topic_id=place.topic.pk,
                topic=place.topic.name,
                partition=place.partition,
                committed=place.committed,
                acknowledged_to=place.log_start,
            )
            for place in done.places
        ]
        return cls(
            group_id=done.group.pk,
            lost_records=done.lost_records,
            acknowledged_at=done.at,
            partitions=places,
        )


@router.post("/groups/{int:group_id}/acknowledge-losses", response=AcknowledgedOut)
def acknowledge_losses(request: HttpRequest, group_id: int, seen: AcknowledgeIn) -> AcknowledgedOut:
    """Say that lost records are known: the group is no longer LOSING by them.

    No offset moves. What is lost later counts again; all of it is over once the group commits
    beyond the log start.
    """
    require(request, VIEW_GROUP, ACKNOWLEDGE_LOSS)
    done = acknowledge(
        actor_of(request), group_id, lost_records=seen.lost_records, reason=seen.reason
    )
    return AcknowledgedOut.of(done)
