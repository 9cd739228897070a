"""What is sampled of one subject, as columns over time, and how those lie in a block. Pure.

A row is a sample, `times` are microseconds since 1970. Below zero, NaN for floats, is unknown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from monitor.series import rates
from monitor.series.blocks import UNKNOWN, Block, Offsets, Scalars, Words
from monitor.values import Status

Int64s = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

STATUSES = tuple(status.value for status in Status)  # by badness: the last is the worst


@dataclass(frozen=True, slots=True)
class Columns:
    """Offsets of each partition: a row per sample, unknown beyond the row's width."""

    values: Int64s
    widths: Int64s


@dataclass(frozen=True, slots=True)
class HeadSamples:
    """The edges of a topic's partitions, as one shard read them."""

    times: Int64s
    log_start: Columns
    log_end: Columns
    stable_end: Columns


@dataclass(frozen=True, slots=True)
class Totals:
    """A group in one topic. `badness` is the place of its status in `STATUSES`.

    `consumed` and `produced` are records since the sample before, of the partitions that are known
    in both and have a commit.
    """

    times: Int64s
    lag: Int64s
    lag_max: Int64s
    unknown_partitions: Int64s
    members: Int64s
    consumed: Int64s
    produced: Int64s
    time_lag_seconds: Floats
    badness: Int64s


@dataclass(frozen=True, slots=True)
class LagSamples:
    """A group in one topic, with each partition's commit and flags."""

    totals: Totals
    committed: Columns
    flags: Columns


@dataclass(frozen=True, slots=True)
class BacklogSamples:
    """An outbox."""

    times: Int64s
    depth: Int64s
    depth_is_exact: Int64s
    failed: Int64s
    dead_tuples: Int64s
    oldest_age_seconds: Floats
    inserted_per_second: Floats
    published_per_second: Floats


Flat = TypeVar("Flat", Totals, BacklogSamples)


def cut(samples: Flat, start: int, end: int) -> Flat:
    """The samples from `start` up to `end`, microseconds."""
    first, last = np.searchsorted(samples.times, [start, end])
    return type(samples)(*(getattr(samples, f.name)[first:last] for f in fields(samples)))


def ends_at(times: Int64s, heads: Sequence[HeadSamples]) -> Int64s:
    """The log ends at these times: the furthest that any shard read, unknown where none did."""
    width = max((head.log_end.values.shape[1] for head in heads), default=0)
    ends = np.full((len(times), width), UNKNOWN, dtype=np.int64)
    for head in heads:
        if len(head.times):
            place = np.minimum(np.searchsorted(head.times, times), len(head.times) - 1)
            is_there = head.times[place] == times
            own = head.log_end.values[place[is_there]]
            ends[is_there, : own.shape[1]] = np.maximum(ends[is_there, : own.shape[1]], own)
    return ends


def moves(committed: Int64s, ends: Int64s) -> tuple[Int64s, Int64s]:
    """Records consumed and produced since the row before; unknown for the first.

    Produced counts in partitions with a commit only; the rest is not the group's traffic.
    """
    width = min(committed.shape[1], ends.shape[1])
    own_ends = np.where(committed[:, :width] >= 0, ends[:, :width], UNKNOWN)
    first = [UNKNOWN] if len(committed) else []
    consumed, produced = (
        np.concatenate([np.array(first, dtype=np.int64), rates.forward_moves(offsets)])
        for offsets in (committed, own_ends)
    )
    return consumed, produced


def heads_block(heads: HeadSamples) -> Block:
    """Stable ends are kept as how far they are behind the log's, which is mostly nothing."""
    stable = heads.stable_end
    behind = _log_end_beside(heads.log_end, stable.values) - stable.values
    columns = {
        "log_start": _offsets(heads.log_start),
        "log_end": _offsets(heads.log_end),
        "behind_log_end": Offsets(behind, stable.values >= 0, stable.widths),
    }
    return Block(heads.times, columns, {})


def heads_of(block: Block) -> HeadSamples:
    log_end, behind = _columns(block.offsets["log_end"]), block.offsets["behind_log_end"]
    stable = _log_end_beside(log_end, behind.values) - behind.values
    return HeadSamples(
        block.times,
        _columns(block.offsets["log_start"]),
        log_end,
        Columns(np.where(behind.known, stable, UNKNOWN), behind.widths),
    )


def commits_block(samples: LagSamples) -> Block:
    flags = samples.flags
    columns = {
        "committed": _offsets(samples.committed),
        "flags": Offsets(flags.values, _within(flags), flags.widths),
    }
    return Block(samples.totals.times, columns, {})


def commits_of(block: Block) -> tuple[Columns, Columns]:
    """Commits and flags."""
    return _columns(block.offsets["committed"]), _columns(block.offsets["flags"])


def totals_block(totals: Totals) -> Block:
    words = {"status": Words(totals.badness, STATUSES)}
    return Block(totals.times, {}, _scalars(totals, but="badness"), words)


def totals_of(block: Block) -> Totals:
    """A status that this version does not know any more counts as unknown."""
    words = block.words["status"]
    places = [_badness(word) for word in words.table]
    badness = np.array(places, dtype=np.int64)[words.codes]
    return Totals(times=block.times, badness=badness, **_filled(block.scalars))


def backlog_block(samples: BacklogSamples) -> Block:
    return Block(samples.times, {}, _scalars(samples))


def backlog_of(block: Block) -> BacklogSamples:
    return BacklogSamples(times=block.times, **_filled(block.scalars))


def _badness(word: str) -> int:
    return STATUSES.index(word) if word in STATUSES else Status.UNKNOWN.badness


def is_float(name: str) -> bool:
    """Whether a column of this name holds floats."""
    return name.endswith("_seconds") or name.endswith("_per_second")


def _scalars(samples: Totals | BacklogSamples, *, but: str = "") -> dict[str, Scalars]:
    names = [f.name for f in fields(samples) if f.name not in ("times", but)]
    columns = {name: getattr(samples, name) for name in names}
    return {
        name: Scalars(values, ~np.isnan(values) if is_float(name) else values >= 0)
        for name, values in columns.items()
    }


def _filled(columns: Mapping[str, Scalars]) -> dict[str, Any]:
    """What is not known as `UNKNOWN`, or NaN; by the names of the columns."""
    return {
        name: np.where(one.known, one.values, np.nan if is_float(name) else UNKNOWN)
        for name, one in columns.items()
    }


def _log_end_beside(log_end: Columns, other: Int64s) -> Int64s:
    """The log ends in the shape of another matrix, 0 where they are not known."""
    beside = np.zeros_like(other)
    width = min(other.shape[1], log_end.values.shape[1])
    beside[:, :width] = np.maximum(log_end.values[:, :width], 0)
    return beside


def _offsets(columns: Columns) -> Offsets:
    return Offsets(columns.values, columns.values >= 0, columns.widths)


def _columns(offsets: Offsets) -> Columns:
    return Columns(np.where(offsets.known, offsets.values, UNKNOWN), offsets.widths)


def _within(columns: Columns) -> npt.NDArray[np.bool_]:
    within: npt.NDArray[np.bool_] = np.arange(columns.values.shape[1]) < columns.widths[:, None]
    return within
