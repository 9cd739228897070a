"""What a group's last sample says of each partition of a topic, as one record each. Pure.

A row that is written at every tick, for each group and topic, has to be small: a record takes 20
bytes, where arrays of Postgres take 65 and an UPDATE of 50,000 such rows three times as long. Log
ends are not in it: they are the topic's, whoever reads it. Losses are seldom: they stand before the
records, where there are any.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from monitor.values import ReadingFlag, Status

# Before the records; what another version wrote in another form is unknown until the next tick. The
# second one has a count, and so many losses, before them.
_FORM, _FORM_WITH_LOSSES = b"\x01", b"\x02"
_COUNT = np.dtype("<i4")
_LOSS = np.dtype([("number", "<i4"), ("lost_from", "<i8"), ("lost_to", "<i8")])
_RECORD = np.dtype(
    [
        ("committed", "<i8"),
        ("time_lag_seconds", "<f8"),
        ("flags", "<i2"),
        ("status", "i1"),
        ("method", "i1"),
    ]
)
_STATUSES = tuple(Status)
METHODS = (None, "timeline", "broker")
NOT_READ = -1


@dataclass(frozen=True, slots=True)
class PartitionRecord:
    """One partition of a topic as a group reads it; None is unknown.

    `status` is None where the partition is not the group's. The records from `lost_from` up to
    `lost_to` were deleted before the group read them, and count; None where no such loss is known.
    """

    committed: int | None
    time_lag_seconds: float | None
    time_lag_method: str | None
    flags: ReadingFlag
    status: Status | None
    lost_from: int | None = None
    lost_to: int | None = None

    @property
    def is_read(self) -> bool:
        """A group's partitions are those with a commit or a member; sampling judges only these."""
        return self.committed is not None or self.status is not None


@dataclass(frozen=True, slots=True)
class Columns:
    """Flat columns of many groups: below zero, or NaN, is unknown.

    `status` is a badness or `NOT_READ`, `method` a place in `METHODS`; `lost` counts the records
    before `lost_to` that are lost.
    """

    committed: npt.NDArray[np.int64]
    time_lag_seconds: npt.NDArray[np.float64]
    flags: npt.NDArray[np.int16]
    status: npt.NDArray[np.int8]
    method: npt.NDArray[np.int8]
    lost: npt.NDArray[np.int64]
    lost_to: npt.NDArray[np.int64]


def at(column: Sequence[int | None], number: int) -> int | None:
    """A partition's value by its topic; unknown where the topic has grown since."""
    return column[number] if number < len(column) else None


def packed(columns: Columns, starts: npt.NDArray[np.int64]) -> list[bytes]:
    """The stored form of each group and topic: row `i` owns `starts[i]` up to `starts[i + 1]`."""
    records = np.empty(len(columns.committed), dtype=_RECORD)
    for name in _RECORD.names or ():
        records[name] = getattr(columns, name)
    body, ends = records.tobytes(), (starts * _RECORD.itemsize).tolist()
    heads = _loss_heads(columns, starts)
    return [
        heads.get(row, _FORM) + body[one:other] for row, (one, other) in enumerate(pairwise(ends))
    ]


def unpacked(stored: bytes | memoryview) -> Sequence[PartitionRecord]:
    """A record per partition of the topic, in order; none of what was never read."""
    body, losses = bytes(stored), dict[int, tuple[int, int]]()
    if body[:1] == _FORM_WITH_LOSSES:
        losses, body = _losses(body[1:])
    elif body[:1] == _FORM:
        body = body[1:]
    else:
        return ()
    records = np.frombuffer(body, dtype=_RECORD).tolist()
    return tuple(_record(losses.get(number), *row) for number, row in enumerate(records))


def _losses(body: bytes) -> tuple[dict[int, tuple[int, int]], bytes]:
    """From where and up to where, by partition; and the records that stand behind them."""
    count = int(np.frombuffer(body, _COUNT, 1)[0])
    end = _COUNT.itemsize + count * _LOSS.itemsize
    rows = np.frombuffer(body, _LOSS, count, _COUNT.itemsize).tolist()
    return {number: (lost_from, lost_to) for number, lost_from, lost_to in rows}, body[end:]


def _loss_heads(columns: Columns, starts: npt.NDArray[np.int64]) -> Mapping[int, bytes]:
    """What stands before the records of the rows that have losses."""
    places = np.flatnonzero(columns.lost > 0)
    owner = np.searchsorted(starts, places, side="right") - 1
    losses = np.empty(len(places), dtype=_LOSS)
    losses["number"] = places - starts[owner]
    losses["lost_to"] = columns.lost_to[places]
    losses["lost_from"] = losses["lost_to"] - columns.lost[places]
    owners, first, counts = np.unique(owner, return_index=True, return_counts=True)
    runs = zip(owners.tolist(), first.tolist(), counts.tolist(), strict=True)
    return {
        row: _FORM_WITH_LOSSES
        + count.to_bytes(_COUNT.itemsize, "little")
        + losses[begin : begin + count].tobytes()
        for row, begin, count in runs
    }


def _record(
    lost: tuple[int, int] | None,
    committed: int,
    time_lag_seconds: float,
    flags: int,
    status: int,
    method: int,
) -> PartitionRecord:
    is_timed = time_lag_seconds == time_lag_seconds  # false for NaN only
    return PartitionRecord(
        committed=committed if committed >= 0 else None,
        time_lag_seconds=time_lag_seconds if is_timed else None,
        time_lag_method=METHODS[method] if method < len(METHODS) else None,
        flags=ReadingFlag(flags),
        status=_STATUSES[status] if status >= 0 else None,
        lost_from=lost[0] if lost else None,
        lost_to=lost[1] if lost else None,
    )
