"""Rewind: move a group's committed offsets, and look twice whether they stay."""

from collections.abc import Iterable, Mapping, Sequence

from highwater_events.broker.base import TopicPartition
from monitor.errors import NotFoundError, PlanRefusedError, StalePlanError
from monitor.kafka.replay_ports import (
    Activity,
    GroupReading,
    LogBounds,
    OffsetRange,
    ReplayOffsets,
)
from monitor.replay.command_line import rewind_command
from monitor.replay.plan import Plan, PlanRow, clamp_warnings, rewind_summary
from monitor.replay.requests import INTERNAL_PREFIX, RewindRequest, RewindTo, check_rewind
from monitor.replay.staleness import rewind_differences
from monitor.replay.surveys import counted, survey, with_first_time
from monitor.replay.targets import new_offset

NO_SUCH_GROUP = "Dead"
MOVED_ALREADY = (
    "The offsets had been moved before the cancellation, and stay where the plan put them."
)
MOVED_MEANWHILE = (
    "The offsets were being moved while the replay was cancelled, and stay where the plan put them."
)
MAY_HAVE_MOVED = (
    "The replay was cancelled while its offsets were being moved, and not all of them are where "
    "the plan put them: look where the group stands."
)

Offsets = Mapping[TopicPartition, int]


def make_plan(
    offsets: ReplayOffsets, request: RewindRequest, *, bootstrap_servers: str, tells_members: bool
) -> Plan:
    """What the rewind would do now. Raises PlanRefusedError, NotFoundError, NotToldError.

    `tells_members` is false where sampling found that this cluster does not tell its members.
    """
    check_rewind(request)
    group = offsets.group(request.group)
    committed = offsets.committed(request.group)
    if group.state == NO_SUCH_GROUP and not committed:
        raise NotFoundError(f"The cluster has no group {request.group}.")
    checks = require_inactive(request, group, tells_members=tells_members)
    places = _places(offsets, request, committed)
    rows, again = _rows(offsets, request, places, committed)
    return Plan(
        rows=rows,
        records=sum(row.again for row in rows) if again is None else again,
        counted=again is not None,
        summary=rewind_summary(rows, counted_again=again),
        checks=checks,
        warnings=(*clamp_warnings(rows), *_standing_warnings(rows)),
        guarantee="",
        command=rewind_command(bootstrap_servers, request),
    )


def require_inactive(
    request: RewindRequest, group: GroupReading, *, tells_members: bool
) -> tuple[str, ...]:
    """What was checked, in words. Unknown membership counts as active."""
    if group.activity is Activity.ACTIVE:
        raise PlanRefusedError(_active_sentence(request.group, group))
    if group.activity is Activity.INACTIVE and tells_members:
        return (f"Group {request.group} is {group.state}: it has no members.",)
    if request.confirm_stopped != request.group:
        raise PlanRefusedError(
            f"The broker does not tell whether group {request.group} has members, which counts as "
            "active. If its consumers are stopped, confirm it by typing the group's name.",
            field="confirm_stopped",
        )
    return (
        f"The broker does not tell the members of group {request.group}; the requester typed its "
        "name to confirm that its consumers are stopped.",
    )


def require_unmoved(
    offsets: ReplayOffsets, request: RewindRequest, rows: Sequence[PlanRow]
) -> None:
    """Raises StalePlanError with what moved since the plan."""
    committed = offsets.committed(request.group)
    places = _places(offsets, request, committed)
    bounds = offsets.bounds({TopicPartition(row.topic, row.partition) for row in rows})
    if differences := rewind_differences(rows, committed, bounds, places):
        raise StalePlanError("Plan again, the world has moved:", differences)


def overwritten_sentence(
    group: str, rows: Sequence[PlanRow], committed: Offsets, reading: GroupReading
) -> str:
    """Empty where the rewind stands; else which offsets somebody overwrote, and who it may be."""
    moved = [
        f"{row.topic}-{row.partition} should be at {row.after} and is at "
        f"{committed.get(TopicPartition(row.topic, row.partition), 'none')}"
        for row in rows
        if _is_overwritten(row, committed, reading)
    ]
    if not moved:
        return ""
    return (
        f"The offsets of group {group} were overwritten after the rewind: {'; '.join(moved)}. "
        "It may have been a consumer that uses assign(), which Kafka does not list as a member, or "
        "another tool: stop it and plan again."
    )


def _is_overwritten(row: PlanRow, committed: Offsets, reading: GroupReading) -> bool:
    now = committed.get(TopicPartition(row.topic, row.partition))
    if now == row.after:
        return False
    # Members that joined since began at the new offset and move on from there; while there are
    # members, Kafka refuses commits from anybody else.
    has_restarted = reading.activity is Activity.ACTIVE and bool(reading.members)
    return not (has_restarted and now is not None and now > row.after)


def _active_sentence(group: str, reading: GroupReading) -> str:
    shown = ", ".join(reading.members[:10])
    more = f" and {len(reading.members) - 10} more" if len(reading.members) > 10 else ""
    who = f"{shown}{more}" if shown else f"its state is {reading.state}"
    return f"Group {group} has active members; stop them first: {who}."


def _places(
    offsets: ReplayOffsets, request: RewindRequest, committed: Offsets
) -> list[TopicPartition]:
    if not request.topics:
        places = sorted(each for each in committed if not each.topic.startswith(INTERNAL_PREFIX))
        if not places:
            raise PlanRefusedError(
                f"Group {request.group} has committed no offsets; name the topics to set."
            )
        return places
    wanted = {
        TopicPartition(topic, number)
        for topic, numbers in request.topics.items()
        for number in _numbers(topic, numbers, offsets.topic(topic).partitions)
    }
    return sorted(wanted)


def _numbers(topic: str, wanted: tuple[int, ...], count: int) -> Iterable[int]:
    missing = [number for number in wanted if number >= count]
    if missing:
        raise NotFoundError(f"Topic {topic} has no partition {missing[0]}; it has {count}.")
    return wanted or range(count)


def _rows(
    offsets: ReplayOffsets,
    request: RewindRequest,
    places: Sequence[TopicPartition],
    committed: Offsets,
) -> tuple[tuple[PlanRow, ...], int | None]:
    """The rows, and how many records are processed again where that was counted."""
    bounds = offsets.bounds(places)
    at_time = request.to is RewindTo.DATETIME
    found = offsets.records_since(places, request.at_ms) if at_time else {}
    targets = {
        each: new_offset(
            request,
            each,
            committed=committed.get(each),
            bounds=bounds[each],
            found=found.get(each),
        )
        for each in places
    }
    rows = [
        _row(each, targets[each].offset, targets[each].note, committed.get(each), bounds[each])
        for each in places
    ]
    ranges = {
        TopicPartition(row.topic, row.partition): OffsetRange(row.after, row.after + row.again)
        for row in rows
    }
    # Consumers read uncommitted records unless told otherwise, so those count too.
    surveys = survey(offsets, ranges, committed_only=False)
    return tuple(with_first_time(row, surveys) for row in rows), counted(surveys)


def _row(
    place: TopicPartition, after: int, note: str, before: int | None, bounds: LogBounds
) -> PlanRow:
    return PlanRow(
        topic=place.topic,
        partition=place.partition,
        before=before,
        after=after,
        log_start=bounds.log_start,
        log_end=bounds.log_end,
        note=note,
    )


def _standing_warnings(rows: Sequence[PlanRow]) -> list[str]:
    warnings = [
        "Consumers that use assign() are no members and would not show here. The offsets are read "
        "back twice; keep the group's consumers stopped until the run has succeeded."
    ]
    lost = [
        f"{row.topic}-{row.partition}"
        for row in rows
        if row.before is not None and row.before < row.log_start
    ]
    if lost:
        warnings.append(
            "Records between the committed offset and the log start are gone already: "
            f"{', '.join(lost)}."
        )
    return warnings
