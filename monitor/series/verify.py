"""Checking sealed hours: every block is decoded and held against what must agree with it.

That is its summary, the hour's own count, what moved by its commits and heads, and the open rows
while those are still there, which are read one by one and not the way that sealing read them.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import isclose
from typing import Any

import numpy as np
from django.db import connection

from monitor.errors import BlockError
from monitor.models import GroupTopic
from monitor.series import sealed_rows, summary
from monitor.series.blocks import Block, decode
from monitor.series.moments import microseconds
from monitor.series.partitions import BLOCKS, HOUR, oldest_start
from monitor.series.samples import (
    STATUSES,
    Columns,
    HeadSamples,
    Totals,
    backlog_of,
    commits_of,
    ends_at,
    heads_of,
    moves,
    totals_of,
)

# The open rows of one group in a topic and hour, one by one, by the primary key.
_OPEN_LAGS = """
    SELECT sampled_at, committed, lag, lag_max, unknown_partitions, members, time_lag_seconds,
           status, flags
    FROM monitor_lag_sample
    WHERE group_topic_id = %s AND sampled_at >= %s AND sampled_at < %s ORDER BY sampled_at
"""


@dataclass(slots=True)
class Verified:
    """What was looked at, and each thing that does not agree."""

    hours: int = 0
    blocks: int = 0
    samples: int = 0
    open_samples: int = 0
    problems: list[str] = field(default_factory=list)


def verify(start: datetime, end: datetime) -> Verified:
    """Check the sealed hours that begin in the range, as far as their blocks are kept."""
    found = Verified()
    oldest = oldest_start(BLOCKS)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT hour, subjects, samples FROM monitor_sealed_hour"
            " WHERE hour >= %s AND hour < %s ORDER BY hour",
            [max(start, oldest) if oldest else end, end],
        )
        sealed = cursor.fetchall()
    topic_of = dict(GroupTopic.objects.values_list("pk", "topic_id"))
    for hour, subjects, samples in sealed:
        _Hour(hour, topic_of, found).check(subjects, samples)
    return found


class _Hour:
    """One sealed hour; what it finds goes to `found`."""

    def __init__(self, hour: datetime, topic_of: Mapping[int, int], found: Verified) -> None:
        self._hour, self._topic_of, self._found = hour, topic_of, found

    def check(self, subjects: int, samples: int) -> None:
        found = self._found
        blocks_before, samples_before = found.blocks, found.samples
        heads = self._heads()
        self._lags(heads)
        self._backlogs()
        found.hours += 1
        counted = (found.blocks - blocks_before, found.samples - samples_before)
        if counted != (subjects, samples):
            self._say("", f"{counted} blocks and samples, it was sealed with {subjects, samples}")

    def _heads(self) -> dict[int, list[HeadSamples]]:
        heads: dict[int, list[HeadSamples]] = {}
        summaries = self._rows(sealed_rows.HEAD_SUMMARIES)
        for _, topic, _, stored in self._rows(sealed_rows.HEAD_BLOCKS).values():
            (block,) = self._decoded(f"topic {topic}", stored)
            if block is not None:
                heads.setdefault(topic, []).append(heads_of(block))
        for topic, shards in heads.items():
            times = np.unique(np.concatenate([one.times for one in shards]))
            self._summary(f"topic {topic}", summaries.pop((topic,), None), times)
        self._left(sealed_rows.HEAD_SUMMARIES, summaries)
        return heads

    def _lags(self, heads: Mapping[int, list[HeadSamples]]) -> None:
        summaries = self._rows(sealed_rows.LAG_SUMMARIES)
        for _, read, *stored in self._rows(sealed_rows.LAG_BLOCKS).values():
            name = f"group topic {read}"
            row = summaries.pop((read,), None)
            totals_block, commits_block = self._decoded(name, *stored)
            if totals_block is None or commits_block is None:
                continue
            totals, (committed, flags) = totals_of(totals_block), commits_of(commits_block)
            if not np.array_equal(totals_block.times, commits_block.times):
                self._say(name, "totals and commits are of other times")
                continue
            if row is not None:
                wanted = summary.of_lag(totals, row[2])
                self._equal(name, row, sealed_rows.lag_row(self._hour, read, wanted))
            else:
                self._say(name, "there is no summary")
            self._moves(name, totals, committed, heads.get(self._topic_of.get(read, 0), []))
            self._open_rows(name, read, totals, committed, flags)
        self._left(sealed_rows.LAG_SUMMARIES, summaries)

    def _backlogs(self) -> None:
        summaries = self._rows(sealed_rows.BACKLOG_SUMMARIES)
        for _, source, stored in self._rows(sealed_rows.BACKLOG_BLOCKS).values():
            name, row = f"outbox {source}", summaries.pop((source,), None)
            (block,) = self._decoded(name, stored)
            if row is None:
                self._say(name, "there is no summary")
            elif block is not None:
                wanted = summary.of_backlog(backlog_of(block), row[2])
                self._equal(name, row, sealed_rows.backlog_row(self._hour, source, wanted))
        self._left(sealed_rows.BACKLOG_SUMMARIES, summaries)

    def _rows(self, table: sealed_rows.Table) -> dict[tuple[Any, ...], tuple[Any, ...]]:
        """The hour's rows by their keys after the hour."""
        keys = 3 if "shard" in table.types else 2
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {', '.join(table.types)} FROM {table.name}"  # noqa: S608 # our own names
                f" WHERE hour = %s ORDER BY {table.subject}",
                [self._hour],
            )
            rows = [self._cells(table, row) for row in cursor.fetchall()]
        return {row[1:keys]: row for row in rows}

    @staticmethod
    def _cells(table: sealed_rows.Table, row: tuple[Any, ...]) -> tuple[Any, ...]:
        """Django's cursors leave JSON as it is."""
        pairs = zip(row, table.types.values(), strict=True)
        return tuple(json.loads(cell) if kind == "jsonb" else cell for cell, kind in pairs)

    def _decoded(self, name: str, *stored: bytes) -> list[Block | None]:
        """The blocks of one row, None for what cannot be read."""
        blocks = list[Block | None]()
        for one in stored:
            try:
                blocks.append(decode(one))
            except BlockError as problem:
                blocks.append(None)
                self._say(name, str(problem))
        first = blocks[0]
        self._found.blocks += 1
        self._found.samples += 0 if first is None else len(first.times)
        if first is not None:
            self._times(name, first)
        return blocks

    def _times(self, name: str, block: Block) -> None:
        begins, ends = microseconds(self._hour), microseconds(self._hour + HOUR)
        times = block.times
        if not len(times) or times[0] < begins or times[-1] >= ends or (np.diff(times) <= 0).any():
            self._say(name, "times lie outside of the hour, or not in order")

    def _summary(self, name: str, row: tuple[Any, ...] | None, times: Any) -> None:
        if row is None:
            self._say(name, "there is no summary")
        else:
            wanted = summary.sampling(times, row[2])
            self._equal(name, row, sealed_rows.head_row(self._hour, row[1], wanted, row[-1]))

    def _moves(
        self, name: str, totals: Totals, committed: Columns, heads: list[HeadSamples]
    ) -> None:
        """The first sample's are since the hour before, which may be gone."""
        consumed, produced = moves(committed.values, ends_at(totals.times, heads))
        if not np.array_equal(consumed[1:], totals.consumed[1:]):
            self._say(name, "what was consumed does not agree with its commits")
        if heads and not np.array_equal(produced[1:], totals.produced[1:]):
            self._say(name, "what was produced does not agree with its topic's heads")

    def _open_rows(
        self, name: str, read: int, totals: Totals, committed: Columns, flags: Columns
    ) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_OPEN_LAGS, [read, self._hour, self._hour + HOUR])
            rows = cursor.fetchall()
        if not rows:
            return
        self._found.open_samples += len(rows)
        sealed = list(_sealed_lags(totals, committed, flags))
        if [_plain(row) for row in rows] != sealed:
            self._say(name, "its block does not agree with its open rows")

    def _equal(self, name: str, stored: tuple[Any, ...], wanted: tuple[Any, ...]) -> None:
        if len(stored) != len(wanted) or not all(map(_agree, stored, wanted)):
            self._say(name, f"its summary does not agree with its block: {stored}, not {wanted}")

    def _left(self, table: sealed_rows.Table, summaries: Mapping[tuple[Any, ...], Any]) -> None:
        for (subject,) in summaries:
            self._say(f"{table.subject} {subject}", "there is a summary without a block")

    def _say(self, name: str, problem: str) -> None:
        self._found.problems.append(f"{self._hour:%Y-%m-%d %H:00} {name}: {problem}")


def _sealed_lags(totals: Totals, committed: Columns, flags: Columns) -> Iterator[tuple[Any, ...]]:
    """Each sample as `_plain` has an open row."""
    for place, time in enumerate(totals.times.tolist()):
        width, flags_width = int(committed.widths[place]), int(flags.widths[place])
        time_lag = float(totals.time_lag_seconds[place])
        yield (
            time,
            [None if one < 0 else one for one in committed.values[place, :width].tolist()],
            *(
                None if column[place] < 0 else int(column[place])
                for column in (totals.lag, totals.lag_max, totals.unknown_partitions)
            ),
            None if totals.members[place] < 0 else int(totals.members[place]),
            None if np.isnan(time_lag) else time_lag,
            STATUSES[int(totals.badness[place])],
            flags.values[place, :flags_width].tolist(),
        )


def _plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return (microseconds(row[0]), *row[1:])


def _agree(one: Any, other: Any) -> bool:
    """Means may differ in their last bit between machines."""
    if isinstance(one, float) and isinstance(other, float):
        return isclose(one, other, rel_tol=1e-12)
    return bool(one == other)
