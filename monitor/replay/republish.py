"""Republish: copy a range of one topic's records to the same or another topic."""

from collections.abc import Mapping, Sequence

from highwater_events.broker.base import TopicPartition
from monitor.errors import NotFoundError, PlanRefusedError, StalePlanError
from monitor.kafka.replay_ports import (
    POSITIONS_TOPIC,
    FoundRecord,
    LogBounds,
    OffsetRange,
    ReplayOffsets,
    TopicSettings,
)
from monitor.replay import republish_words
from monitor.replay.plan import (
    AT_LEAST_ONCE,
    EXACTLY_ONCE,
    Plan,
    PlanRow,
    republish_summary,
)
from monitor.replay.requests import (
    Partitioning,
    RepublishRequest,
    Timestamps,
    check_republish,
    milliseconds,
)
from monitor.replay.staleness import republish_differences
from monitor.replay.surveys import counted, survey, with_first_time
from monitor.replay.targets import require_told


def make_plan(offsets: ReplayOffsets, request: RepublishRequest, *, now_ms: int) -> Plan:
    """What the copy would do now. Raises PlanRefusedError, NotFoundError, NotToldError."""
    check_republish(request)
    if POSITIONS_TOPIC in (request.topic, request.target_topic):
        raise PlanRefusedError(f"{POSITIONS_TOPIC} holds the positions of replays; leave it alone.")
    places = _places(offsets, request)
    target = offsets.topic(request.target_topic)
    _require_partitions(request, places, target)
    bounds = offsets.bounds(places)
    rows = _rows(offsets, request, bounds)
    ranges = {
        TopicPartition(row.topic, row.partition): OffsetRange(row.before or 0, row.after)
        for row in rows
    }
    found = survey(offsets, ranges, committed_only=True)
    rows = tuple(with_first_time(row, found) for row in rows)
    _require_retention(request, rows, target, now_ms)
    number = counted(found)
    guarantee = EXACTLY_ONCE if offsets.has_transactions() else AT_LEAST_ONCE
    return Plan(
        rows=rows,
        records=number if number is not None else sum(_length(row) for row in rows),
        counted=number is not None,
        summary=republish_summary(rows, request.target_topic, counted=number),
        checks=republish_words.checks(request, guarantee),
        warnings=republish_words.warnings(request, target),
        guarantee=guarantee,
    )


def require_unmoved(
    offsets: ReplayOffsets, request: RepublishRequest, rows: Sequence[PlanRow]
) -> None:
    """Raises StalePlanError with what moved since the plan."""
    places = [TopicPartition(row.topic, row.partition) for row in rows]
    if differences := republish_differences(rows, offsets.bounds(places)):
        raise StalePlanError("Plan again, the world has moved:", differences)
    _require_partitions(request, places, offsets.topic(request.target_topic))


def _places(offsets: ReplayOffsets, request: RepublishRequest) -> list[TopicPartition]:
    count = offsets.topic(request.topic).partitions
    missing = [number for number in request.partitions if number >= count]
    if missing:
        raise NotFoundError(f"Topic {request.topic} has no partition {missing[0]}; it has {count}.")
    return [TopicPartition(request.topic, each) for each in request.partitions or range(count)]


def _rows(
    offsets: ReplayOffsets,
    request: RepublishRequest,
    bounds: Mapping[TopicPartition, LogBounds],
) -> tuple[PlanRow, ...]:
    found_from = _found(offsets, bounds, request.from_time)
    found_to = _found(offsets, bounds, request.to_time)
    rows = []
    for place, each in bounds.items():
        start = _edge(place, each, request.from_offset, found_from, default=each.log_start)
        end = _edge(place, each, request.to_offset, found_to, default=each.stable_end)
        # The end is fixed here: copying a topic to itself would else never catch up with itself.
        rows.append(
            PlanRow(
                topic=place.topic,
                partition=place.partition,
                before=min(start, end),
                after=end,
                log_start=each.log_start,
                log_end=each.stable_end,
            )
        )
    if all(row.before == row.after for row in rows):
        raise PlanRefusedError(f"The range holds no record of {request.topic}: nothing to copy.")
    return tuple(rows)


def _found(
    offsets: ReplayOffsets, bounds: Mapping[TopicPartition, LogBounds], text: str
) -> dict[TopicPartition, FoundRecord]:
    if not text:
        return {}
    asked_ms = milliseconds(text)
    found = offsets.records_since(bounds, asked_ms)
    for place, record in found.items():
        require_told(place, record, asked_ms, text)
    return found


def _edge(
    place: TopicPartition,
    bounds: LogBounds,
    offset: int | None,
    found: Mapping[TopicPartition, FoundRecord],
    *,
    default: int,
) -> int:
    if offset is not None:
        if not bounds.log_start <= offset <= bounds.stable_end:
            raise PlanRefusedError(
                f"Offset {offset} lies outside the log of {place.topic}-{place.partition}, which "
                f"holds {bounds.log_start} to {bounds.stable_end}. Choose a range inside, or name "
                "the partitions."
            )
        return offset
    if place in found:
        at = found[place].offset
        return bounds.stable_end if at is None else min(at, bounds.stable_end)
    return default


def _require_partitions(
    request: RepublishRequest, places: Sequence[TopicPartition], target: TopicSettings
) -> None:
    highest = max(place.partition for place in places)
    if request.partitioning is Partitioning.KEEP and highest >= target.partitions:
        raise PlanRefusedError(
            f"{request.target_topic} has {target.partitions} partitions, so partition {highest} "
            "cannot keep its number. Choose partitions by key, or a target with as many partitions."
        )


def _require_retention(
    request: RepublishRequest, rows: Sequence[PlanRow], target: TopicSettings, now_ms: int
) -> None:
    """Kept timestamps can be older than the target keeps records: they would expire on arrival."""
    keeps_times = request.timestamps is Timestamps.KEEP and not target.sets_append_time
    if not keeps_times or target.retention_ms is None:
        return
    oldest = min((row.first_timestamp_ms for row in rows if row.first_timestamp_ms), default=None)
    if oldest is not None and oldest < now_ms - target.retention_ms:
        raise PlanRefusedError(
            republish_words.expiry(request.target_topic, target.retention_ms, oldest)
        )


def _length(row: PlanRow) -> int:
    return row.after - (row.before or 0)
