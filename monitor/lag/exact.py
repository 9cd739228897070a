"""The method `record`: the time lag of one partition, from the record at the commit itself."""

from dataclasses import dataclass

from highwater_events.broker.base import TopicPartition
from monitor.errors import NotFoundError, NotToldError
from monitor.kafka.replay_ports import OffsetRange, ReplayOffsets

METHOD = "record"


@dataclass(frozen=True, slots=True)
class ExactTimeLag:
    """The oldest unread record's timestamp, and its age; both null, and 0, where none waits."""

    committed: int
    log_end: int
    timestamp_ms: int | None
    seconds: float


def exact_time_lag(
    offsets: ReplayOffsets, group: str, place: TopicPartition, *, now_ms: int
) -> ExactTimeLag:
    """Ask now, whatever sampling knows: takes seconds, and the permission to read the topic.

    Of a commit below the log's start, the first record that is left counts. Raises NotFoundError
    without a commit, NotToldError where the record cannot be read or has no timestamp, and what
    `ReplayOffsets` raises.
    """
    if "\0" in group:
        raise NotToldError("Kafka's client cuts this group's name, so its commit cannot be asked.")
    committed = offsets.committed(group).get(place)
    if committed is None:
        raise NotFoundError(
            f"The group has committed nothing in partition {place.partition} of {place.topic}."
        )
    bounds = offsets.bounds([place])[place]
    if committed >= bounds.log_end:
        return ExactTimeLag(committed, bounds.log_end, None, 0.0)
    unread = OffsetRange(max(committed, bounds.log_start), bounds.log_end)
    found = offsets.survey({place: unread}, count_up_to=0, committed_only=False)[place]
    if found.first_timestamp_ms is None:
        raise NotToldError(
            f"No stamped record could be read from offset {unread.start} of partition "
            f"{place.partition} of {place.topic} on: try again, or see if Highwater may read it."
        )
    age = max(0, now_ms - found.first_timestamp_ms) / 1000
    return ExactTimeLag(committed, bounds.log_end, found.first_timestamp_ms, age)
