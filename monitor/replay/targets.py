"""Where each partition of a rewind goes. Pure; the rules are those of Kafka's own tool."""

from dataclasses import dataclass

from highwater_events.broker.base import TopicPartition
from monitor.errors import PlanRefusedError
from monitor.kafka.replay_ports import FoundRecord, LogBounds
from monitor.replay.requests import RewindRequest, RewindTo

CLAMPED_TO_START = "clamped to log start"
CLAMPED_TO_END = "clamped to log end"
NONE_THAT_LATE = "no record that late"


@dataclass(frozen=True, slots=True)
class NewOffset:
    """The offset that a partition gets, and what there is to say about it."""

    offset: int
    note: str = ""


def new_offset(
    request: RewindRequest,
    place: TopicPartition,
    *,
    committed: int | None,
    bounds: LogBounds,
    found: FoundRecord | None,
) -> NewOffset:
    """Raises PlanRefusedError where this partition has no answer that can be trusted."""
    if request.to is RewindTo.EARLIEST:
        return NewOffset(bounds.log_start)
    if request.to is RewindTo.LATEST:
        return NewOffset(bounds.log_end)
    if request.to is RewindTo.DATETIME:
        return _at_time(request, place, bounds, found)
    if request.to is RewindTo.SHIFT_BY:
        return clamped(_shifted(request, place, committed), bounds)
    return clamped(request.offset or 0, bounds)


def clamped(offset: int, bounds: LogBounds) -> NewOffset:
    """`offset`, moved into the log where it lies outside, and marked so."""
    if offset < bounds.log_start:
        return NewOffset(bounds.log_start, CLAMPED_TO_START)
    if offset > bounds.log_end:
        return NewOffset(bounds.log_end, CLAMPED_TO_END)
    return NewOffset(offset)


def require_told(place: TopicPartition, found: FoundRecord, asked_ms: int, asked: str) -> None:
    """Raises PlanRefusedError for an answer that no broker which indexes time would give."""
    if found.offset is None:
        return
    if found.timestamp_ms is None or found.timestamp_ms < asked_ms:
        raise PlanRefusedError(
            f"This broker does not tell which record of partition {place.partition} of "
            f"{place.topic} was the first at {asked}: the one it names is older, or could not be "
            "read. Choose an offset instead."
        )


def _at_time(
    request: RewindRequest, place: TopicPartition, bounds: LogBounds, found: FoundRecord | None
) -> NewOffset:
    if found is None or found.offset is None:
        return NewOffset(bounds.log_end, NONE_THAT_LATE)
    require_told(place, found, request.at_ms, request.at)
    return NewOffset(found.offset)


def _shifted(request: RewindRequest, place: TopicPartition, committed: int | None) -> int:
    if committed is None:
        raise PlanRefusedError(
            f"Partition {place.partition} of {place.topic} cannot be shifted: the group has "
            "committed no offset there. Choose partitions that it has, or another target."
        )
    return committed + (request.shift_by or 0)
