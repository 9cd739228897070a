"""What a group's last sample says of each partition of a topic, as one record each. Pure.

A row that is written at every tick, for each group and topic, has to be small: a record takes 20
bytes, where arrays of Postgres take 65 and an UPDATE of 50,000 such rows three times as long. Log
ends are not in it: they are the topic's, whoever reads it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from monitor.values import ReadingFlag, Status

# Before the records; what another version wrote in another form is unknown until the next tick.
_FORM = b"\x01"
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

    `status` is None where the partition is not the group's.
    """

    committed: int | None
    time_lag_seconds: float | None
    time_lag_method: str | None
    flags: ReadingFlag
    status: Status | None

    @property
    def is_read(self) -> bool:
        """A group's partitions are those with a commit or a member; sampling judges only these."""
        return self.committed is not None or self.status is not None


@dataclass(frozen=True, slots=True)
class Columns:
    """Flat columns of many groups: below zero, or NaN, is unknown.

    `status` is a badness or `NOT_READ`, `method` a place in `METHODS`.
    """

    committed: npt.NDArray[np.int64]
    time_lag_seconds: npt.NDArray[np.float64]
    flags: npt.NDArray[np.int16]
    status: npt.NDArray[np.int8]
    method: npt.NDArray[np.int8]


def packed(columns: Columns, starts: npt.NDArray[np.int64]) -> list[bytes]:
    """The stored form of each group and topic: row `i` owns `starts[i]` up to `starts[i + 1]`."""
    records = np.empty(len(columns.committed), dtype=_RECORD)
    for name in _RECORD.names or ():
        records[name] = getattr(columns, name)
    body, ends = records.tobytes(), (starts * _RECORD.itemsize).tolist()
    return [_FORM + body[one:other] for one, other in pairwise(ends)]


def unpacked(stored: bytes | memoryview) -> Sequence[PartitionRecord]:
    """A record per partition of the topic, in order; none of what was never read."""
    body = bytes(stored)
    if body[:1] != _FORM:
        return ()
    return tuple(_record(*row) for row in np.frombuffer(body, dtype=_RECORD, offset=1).tolist())


def _record(
    committed: int, time_lag_seconds: float, flags: int, status: int, method: int
) -> PartitionRecord:
    is_timed = time_lag_seconds == time_lag_seconds  # false for NaN only
    return PartitionRecord(
        committed=committed if committed >= 0 else None,
        time_lag_seconds=time_lag_seconds if is_timed else None,
        time_lag_method=METHODS[method] if method < len(METHODS) else None,
        flags=ReadingFlag(flags),
        status=_STATUSES[status] if status >= 0 else None,
    )
