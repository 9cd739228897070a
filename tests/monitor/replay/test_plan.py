"""Plans as values: where offsets go, totals in words, hash, and what makes them stale."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highwater_events.broker.base import TopicPartition
from monitor.errors import PlanRefusedError
from monitor.kafka.replay_ports import FoundRecord, LogBounds
from monitor.replay.command_line import range_csv, reset_csv, rewind_command
from monitor.replay.plan import (
    Plan,
    PlanRow,
    clamp_warnings,
    plan_hash,
    republish_summary,
    rewind_summary,
)
from monitor.replay.requests import RewindRequest, RewindTo
from monitor.replay.staleness import republish_differences, rewind_differences
from monitor.replay.targets import new_offset

PLACE = TopicPartition("orders", 0)
ROW = PlanRow("orders", 0, before=90, after=40, log_start=10, log_end=100)
AT = "2026-03-01T12:00:00Z"
AT_MS = 1_772_366_400_000


@st.composite
def bounds_of_a_log(draw: st.DrawFn) -> LogBounds:
    start = draw(st.integers(0, 1000))
    stable = start + draw(st.integers(0, 1000))
    return LogBounds(start, stable + draw(st.integers(0, 10)), stable)


def ask(request: RewindRequest, bounds: LogBounds, committed: int | None = None) -> int:
    return new_offset(request, PLACE, committed=committed, bounds=bounds, found=None).offset


@pytest.mark.parametrize("timestamp_ms", [AT_MS * 1000, 2**63 - 1, -(2**63)])
def test_a_timestamp_that_is_no_time_is_unknown(timestamp_ms: int) -> None:
    assert replace(ROW, first_timestamp_ms=timestamp_ms).first_time is None


@given(bounds_of_a_log(), st.integers(0, 3000))
def test_an_offset_always_lands_in_the_log_and_says_when_it_was_moved(
    bounds: LogBounds, wanted: int
) -> None:
    request = RewindRequest("g", RewindTo.OFFSET, offset=wanted)
    new = new_offset(request, PLACE, committed=None, bounds=bounds, found=None)
    assert bounds.log_start <= new.offset <= bounds.log_end
    assert (new.offset == wanted) == (new.note == "")


@given(bounds_of_a_log(), st.integers(0, 3000), st.integers(-3000, 3000))
def test_a_shift_moves_by_as_much_or_to_the_edge(
    bounds: LogBounds, committed: int, shift: int
) -> None:
    request = RewindRequest("g", RewindTo.SHIFT_BY, shift_by=shift)
    after = ask(request, bounds, committed)
    assert after == min(max(committed + shift, bounds.log_start), bounds.log_end)


def test_a_partition_committed_at_zero_is_shifted_too() -> None:
    request = RewindRequest("g", RewindTo.SHIFT_BY, shift_by=5)
    assert ask(request, LogBounds(0, 10, 10), committed=0) == 5


def test_a_shift_without_a_commit_is_refused() -> None:
    with pytest.raises(PlanRefusedError, match="committed no offset"):
        ask(RewindRequest("g", RewindTo.SHIFT_BY, shift_by=5), LogBounds(0, 10, 10))


@pytest.mark.parametrize(("to", "expected"), [(RewindTo.EARLIEST, 3), (RewindTo.LATEST, 12)])
def test_earliest_and_latest_are_the_logs_edges(to: RewindTo, expected: int) -> None:
    assert ask(RewindRequest("g", to), LogBounds(3, 12, 10)) == expected


def test_a_time_after_the_last_record_goes_to_the_log_end_and_says_so() -> None:
    request = RewindRequest("g", RewindTo.DATETIME, at=AT)
    found = FoundRecord(None, None)
    new = new_offset(request, PLACE, committed=5, bounds=LogBounds(0, 9, 9), found=found)
    assert (new.offset, new.note) == (9, "no record that late")


@pytest.mark.parametrize("found_ms", [AT_MS - 1, None])
def test_an_answer_that_is_older_than_asked_is_not_told(found_ms: int | None) -> None:
    request = RewindRequest("g", RewindTo.DATETIME, at=AT)
    with pytest.raises(PlanRefusedError, match="does not tell"):
        new_offset(
            request,
            PLACE,
            committed=5,
            bounds=LogBounds(0, 9, 9),
            found=FoundRecord(0, found_ms),
        )


@given(bounds_of_a_log(), st.none() | st.integers(0, 3000), st.data())
def test_what_is_repeated_and_skipped_never_exceeds_the_log(
    bounds: LogBounds, before: int | None, data: st.DataObject
) -> None:
    after = data.draw(st.integers(bounds.log_start, bounds.log_end))
    row = PlanRow("t", 0, before, after, bounds.log_start, bounds.log_end)
    assert 0 <= row.again <= bounds.log_end - bounds.log_start
    assert 0 <= row.skipped <= bounds.log_end - bounds.log_start
    assert not (row.again and row.skipped)


def test_totals_that_were_not_counted_are_at_most() -> None:
    rows = [replace(ROW, before=41_247), replace(ROW, partition=1, before=40)]
    big = [replace(row, log_end=50_000) for row in rows]
    assert rewind_summary(big, counted_again=None) == (
        "At most 41,207 records will be processed again; 0 skipped, on 2 partitions of orders."
    )
    assert rewind_summary(big, counted_again=41_207).startswith("41,207 records will")


def test_a_partition_without_a_commit_is_said_to_be_unknown() -> None:
    summary = rewind_summary([replace(ROW, before=None)], counted_again=0)
    assert "1 partition has no committed offset yet" in summary


def test_skipped_records_are_told() -> None:
    assert "at most 60 skipped" in rewind_summary(
        [replace(ROW, before=40, after=100)], counted_again=None
    )


def test_a_republish_says_where_the_copies_go() -> None:
    rows = [ROW, replace(ROW, partition=1, before=5, after=5)]
    same = republish_summary([replace(ROW, before=10, after=40)], "orders", counted=30)
    assert same == (
        "30 records of orders will be copied to the end of the same topic, from 1 partition of "
        "orders."
    )
    assert republish_summary(rows, "copies", counted=None).startswith("At most")


def test_notes_become_a_sentence_each_with_their_partitions() -> None:
    rows = [replace(ROW, note="clamped to log end"), replace(ROW, partition=4)]
    assert clamp_warnings(rows) == [
        "Asked for more than the log holds; moved to the log end: orders-0."
    ]


def test_the_hash_covers_rows_and_request_but_not_their_order() -> None:
    rows = (ROW, replace(ROW, partition=1))
    plan = Plan(rows, 50, counted=True, summary="")
    first = plan_hash("rewind", 1, {"a": 1}, plan)
    assert plan_hash("rewind", 1, {"a": 1}, replace(plan, rows=rows[::-1])) == first
    assert plan_hash("rewind", 1, {"a": 2}, plan) != first
    moved = replace(plan, rows=(replace(ROW, after=41), rows[1]))
    assert plan_hash("rewind", 1, {"a": 1}, moved) != first


def test_a_world_that_stands_still_or_only_grows_is_the_same() -> None:
    grown = {PLACE: LogBounds(10, 500, 500)}
    assert rewind_differences([ROW], {PLACE: 90}, grown, [PLACE]) == []
    assert republish_differences([replace(ROW, before=10, after=40)], grown) == []


@pytest.mark.parametrize(
    ("committed", "bounds", "sentence"),
    [
        (91, LogBounds(10, 100, 100), "was 90 and is 91"),
        (90, LogBounds(41, 100, 100), "now starts at 41"),
        (90, LogBounds(10, 99, 99), "now ends at 99"),
    ],
)
def test_a_world_that_moved_is_told(committed: int, bounds: LogBounds, sentence: str) -> None:
    [difference] = rewind_differences([ROW], {PLACE: committed}, {PLACE: bounds}, [PLACE])
    assert sentence in difference


def test_a_partition_that_is_new_makes_a_plan_stale() -> None:
    new = TopicPartition("orders", 1)
    bounds = {PLACE: LogBounds(10, 100, 100)}
    assert rewind_differences([ROW], {PLACE: 90}, bounds, [PLACE, new]) == ["orders-1 is new."]


def test_the_command_is_quoted_for_a_shell() -> None:
    request = RewindRequest("my group", RewindTo.DATETIME, {"orders": (0, 1)}, at=AT)
    assert rewind_command("kafka:9092", request) == (
        "kafka-consumer-groups.sh --bootstrap-server kafka:9092 --group 'my group' "
        "--reset-offsets --topic orders:0,1 --to-datetime 2026-03-01T12:00:00.000Z --execute"
    )


def test_csv_has_no_header() -> None:
    assert reset_csv([ROW]) == "orders,0,40\n"
    assert range_csv([ROW]) == "orders,0,90,40\n"
