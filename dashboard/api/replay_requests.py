"""What a client asks a replay to do, turned into the requests of `monitor.replay`."""

from typing import Annotated

from ninja import Field, Schema
from ninja.errors import ValidationError

from dashboard.api.parameters import Text
from monitor.errors import PlanRefusedError
from monitor.replay.requests import (
    FASTEST_PER_SECOND,
    Partitioning,
    RepublishRequest,
    RewindRequest,
    RewindTo,
    Timestamps,
    check_republish,
    check_rewind,
    checked_reason,
)

LARGEST = 2**63 - 1

Offset = Annotated[int, Field(ge=0, le=LARGEST)]
Partition = Annotated[int, Field(ge=0, le=2**31 - 1)]


class RewindIn(Schema, extra="forbid"):
    """Where a group shall go on reading; `offset`, `at` or `shift_by` as `to` says."""

    cluster_id: int
    group: Text
    to: RewindTo
    topics: dict[Text, list[Partition]] = Field(
        {}, description="Topic to partitions, none for all; empty: all that the group committed."
    )
    offset: Offset | None = None
    at: Text = Field("", description="ISO 8601, UTC where no zone is named.")
    shift_by: int | None = Field(None, ge=-LARGEST, le=LARGEST)
    confirm_stopped: Text = Field(
        "", description="The group's name, where the broker does not tell whether it is stopped."
    )
    reason: Text = Field(min_length=1, max_length=1000)

    def asked(self) -> RewindRequest:
        """Raises ValidationError for what contradicts itself."""
        request = RewindRequest(
            group=self.group,
            to=self.to,
            topics={topic: tuple(numbers) for topic, numbers in self.topics.items()},
            offset=self.offset,
            at=self.at,
            shift_by=self.shift_by,
            confirm_stopped=self.confirm_stopped,
        )
        try:
            check_rewind(request)
            checked_reason(self.reason)
        except PlanRefusedError as problem:
            raise _invalid(problem) from None
        return request


class RepublishIn(Schema, extra="forbid"):
    """A range of a topic's records, and where their copies go; `target` empty: the same topic."""

    cluster_id: int
    topic: Text
    target: Text = ""
    partitions: list[Partition] = Field([], description="None for all.")
    from_offset: Offset | None = None
    to_offset: Offset | None = Field(None, description="The first that is not copied any more.")
    from_time: Text = Field("", description="ISO 8601, UTC where no zone is named.")
    to_time: Text = ""
    rate_limit_per_second: int | None = Field(None, gt=0, le=FASTEST_PER_SECOND)
    partitioning: Partitioning = Partitioning.KEEP
    timestamps: Timestamps = Timestamps.KEEP
    reason: Text = Field(min_length=1, max_length=1000)

    def asked(self) -> RepublishRequest:
        """Raises ValidationError for what contradicts itself."""
        request = RepublishRequest(
            topic=self.topic,
            target=self.target,
            partitions=tuple(self.partitions),
            from_offset=self.from_offset,
            to_offset=self.to_offset,
            from_time=self.from_time,
            to_time=self.to_time,
            rate_limit_per_second=self.rate_limit_per_second,
            partitioning=self.partitioning,
            timestamps=self.timestamps,
        )
        try:
            check_republish(request)
            checked_reason(self.reason)
        except PlanRefusedError as problem:
            raise _invalid(problem) from None
        return request


def _invalid(problem: PlanRefusedError) -> ValidationError:
    # As django-ninja places it: behind the name of our own argument, which is left out again.
    place = ("body", "wanted", problem.field) if problem.field else ("body",)
    return ValidationError([{"type": "value_error", "loc": place, "msg": str(problem)}])
