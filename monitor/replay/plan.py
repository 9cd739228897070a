"""What a replay will do, as values and in words. Pure.

The hash of a plan binds a run to what its reader saw: it covers the request and every row.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

EXACTLY_ONCE = "exactly once"
AT_LEAST_ONCE = "at least once"


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One partition.

    rewind: `before` (null: no commit) and `after` are committed offsets; republish: the records
    from `before` up to but without `after` are copied. `log_end` is the stable end for republish.
    """

    topic: str
    partition: int
    before: int | None
    after: int
    log_start: int
    log_end: int
    first_timestamp_ms: int | None = None
    note: str = ""

    @property
    def delta(self) -> int | None:
        """How far the offset moves; below zero is back."""
        return None if self.before is None else self.after - self.before

    @property
    def first_time(self) -> datetime | None:
        """When the first record was written that is handled again or copied.

        Null also where its producer wrote what is no time, for example microseconds.
        """
        if self.first_timestamp_ms is None:
            return None
        try:
            return datetime.fromtimestamp(self.first_timestamp_ms / 1000, UTC)
        except (ValueError, OverflowError, OSError):
            return None

    @property
    def again(self) -> int:
        """At most so many records lie between the new offset and the old one, which is ahead."""
        return 0 if self.before is None else max(0, min(self.before, self.log_end) - self.after)

    @property
    def skipped(self) -> int:
        """At most so many records that were never processed lie before the new offset."""
        return 0 if self.before is None else max(0, self.after - max(self.before, self.log_start))


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan as it is stored. `records` is what the run handles, `counted` whether exactly."""

    rows: tuple[PlanRow, ...]
    records: int
    counted: bool
    summary: str
    checks: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    guarantee: str = EXACTLY_ONCE
    command: str = ""

    def as_json(self) -> dict[str, Any]:
        """All but the rows, which have a table of their own."""
        return {
            "records": self.records,
            "counted": self.counted,
            "summary": self.summary,
            "checks": list(self.checks),
            "warnings": list(self.warnings),
            "guarantee": self.guarantee,
            "command": self.command,
        }


def plan_hash(verb: str, cluster_id: int, request: Mapping[str, Any], plan: Plan) -> str:
    """SHA-256, in hex, over what the plan will do."""
    rows = sorted(
        [row.topic, row.partition, row.before, row.after, row.log_start, row.log_end]
        for row in plan.rows
    )
    content = [verb, cluster_id, dict(request), rows, plan.guarantee]
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def rewind_summary(rows: Sequence[PlanRow], *, counted_again: int | None) -> str:
    """Totals in words. Offsets have holes, so a number that was not counted is "at most"."""
    again = counted_again if counted_again is not None else sum(row.again for row in rows)
    skipped = sum(row.skipped for row in rows)
    is_bound = counted_again is None and again > 0
    uncommitted = sum(row.before is None for row in rows)
    sentences = [
        f"{'At most ' if is_bound else ''}{_records(again)} will be processed again; "
        f"{'at most ' if skipped else ''}{skipped:,} skipped, on {_partitions(rows)}."
    ]
    if uncommitted:
        have = "1 partition has" if uncommitted == 1 else f"{uncommitted} partitions have"
        sentences.append(
            f"{have} no committed offset yet: whether records are repeated or skipped there "
            "depends on where its consumers would have begun."
        )
    return " ".join(sentences)


def republish_summary(rows: Sequence[PlanRow], target: str, *, counted: int | None) -> str:
    """Totals in words, as for a rewind."""
    spanned = sum(row.after - (row.before or 0) for row in rows)
    number = _records(spanned if counted is None else counted)
    at_most = "At most " if counted is None else ""
    topic = rows[0].topic
    where = "the end of the same topic" if target == topic else target
    copied = [row for row in rows if row.after != row.before]
    return f"{at_most}{number} of {topic} will be copied to {where}, from {_partitions(copied)}."


def clamp_warnings(rows: Iterable[PlanRow]) -> list[str]:
    """A sentence for each kind of note, naming its partitions."""
    by_note: dict[str, list[str]] = {}
    for row in rows:
        if row.note:
            by_note.setdefault(row.note, []).append(f"{row.topic}-{row.partition}")
    return [f"{_NOTES.get(note, note)}: {', '.join(names)}." for note, names in by_note.items()]


_NOTES = {
    "clamped to log start": "Asked for less than the log still holds; moved to the log start",
    "clamped to log end": "Asked for more than the log holds; moved to the log end",
    "no record that late": "No record is that late; moved to the log end, as Kafka's tool does",
}


def _records(number: int) -> str:
    return "1 record" if number == 1 else f"{number:,} records"


def _partitions(rows: Sequence[PlanRow]) -> str:
    topics = sorted({row.topic for row in rows})
    number = "1 partition" if len(rows) == 1 else f"{len(rows)} partitions"
    return f"{number} of {topics[0]}" if len(topics) == 1 else f"{number} of {len(topics)} topics"
