"""Whether the world is still the one that a plan was made for. Pure."""

from collections.abc import Mapping, Sequence

from highwater_events.broker.base import TopicPartition
from monitor.kafka.replay_ports import LogBounds
from monitor.replay.plan import PlanRow


def rewind_differences(
    rows: Sequence[PlanRow],
    committed: Mapping[TopicPartition, int],
    bounds: Mapping[TopicPartition, LogBounds],
    partitions: Sequence[TopicPartition],
) -> list[str]:
    """What moved, a sentence each; `partitions` are those that the request covers by now.

    A log end that grew is no difference: the plan's offsets are numbers and stay what they were.
    """
    planned = {TopicPartition(row.topic, row.partition): row for row in rows}
    differences = [
        f"{each.topic}-{each.partition} is new." for each in partitions if each not in planned
    ]
    for place, row in planned.items():
        if committed.get(place) != row.before:
            differences.append(
                f"{place.topic}-{place.partition}: the committed offset was {_offset(row.before)} "
                f"and is {_offset(committed.get(place))}."
            )
        differences += _log_differences(place, row, row.after, row.after, bounds[place])
    return differences


def republish_differences(
    rows: Sequence[PlanRow], bounds: Mapping[TopicPartition, LogBounds]
) -> list[str]:
    """What moved, a sentence each."""
    differences = []
    for row in rows:
        place = TopicPartition(row.topic, row.partition)
        start = row.after if row.before is None else row.before
        differences += _log_differences(place, row, start, row.after, bounds[place])
    return differences


def _log_differences(
    place: TopicPartition, row: PlanRow, lowest: int, highest: int, now: LogBounds
) -> list[str]:
    name = f"{place.topic}-{place.partition}"
    # An empty range needs nothing of the log.
    if now.log_start > lowest and (highest > lowest or now.log_start > highest):
        return [f"{name}: the log started at {row.log_start} and now starts at {now.log_start}."]
    if now.log_end < row.log_end:
        return [
            f"{name}: the log ended at {row.log_end} and now ends at {now.log_end}; the topic was "
            "made anew or lost records."
        ]
    return []


def _offset(offset: int | None) -> str:
    return "none" if offset is None else str(offset)
