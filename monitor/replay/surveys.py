"""A look into the ranges of a plan: when their first record was written, and how many there are."""

from collections.abc import Mapping
from dataclasses import replace

from highwater_events.broker.base import TopicPartition
from monitor.errors import PlanRefusedError, RecordsGoneError
from monitor.kafka.replay_ports import OffsetRange, RangeSurvey, ReplayOffsets
from monitor.replay.plan import PlanRow

COUNT_UP_TO = 10_000

Surveys = Mapping[TopicPartition, RangeSurvey]


def survey(
    offsets: ReplayOffsets,
    ranges: Mapping[TopicPartition, OffsetRange],
    *,
    committed_only: bool,
) -> Surveys:
    """Raises PlanRefusedError where records are deleted while it looks."""
    held = {place: wanted for place, wanted in ranges.items() if wanted.start < wanted.end}
    if not held:
        return {}
    try:
        return offsets.survey(held, count_up_to=COUNT_UP_TO, committed_only=committed_only)
    except RecordsGoneError as gone:
        raise PlanRefusedError(f"{gone} Plan again.") from gone


def with_first_time(row: PlanRow, surveys: Surveys) -> PlanRow:
    found = surveys.get(TopicPartition(row.topic, row.partition))
    return replace(row, first_timestamp_ms=found.first_timestamp_ms) if found else row


def counted(surveys: Surveys) -> int | None:
    """The number of records, or None where any range was not counted."""
    known = [each.records for each in surveys.values() if each.records is not None]
    return sum(known) if len(known) == len(surveys) else None
