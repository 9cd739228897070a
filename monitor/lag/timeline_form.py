"""Timelines as bytes, a topic each. Pure.

Numbers, counts and first watched offsets of the rows, then all points: as steps, which are small,
so they compress well. Times are whole milliseconds.
"""

import zlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Int64s = npt.NDArray[np.int64]

_LENGTH_BYTES = 8


@dataclass(frozen=True, slots=True)
class Points:
    """Rows of timelines: `counts[i]` points of each, one row after another, oldest first."""

    numbers: Int64s
    counts: Int64s
    watched_from: Int64s
    offsets: Int64s
    times_ms: Int64s


def packed(points: Points) -> bytes:
    rows = len(points.numbers)
    columns = (
        points.numbers,
        points.counts,
        points.watched_from,
        np.diff(points.offsets, prepend=0),
        np.diff(points.times_ms, prepend=0),
    )
    body = np.concatenate(columns).astype("<i8").tobytes()
    return rows.to_bytes(_LENGTH_BYTES, "little") + zlib.compress(body, 1)


def unpacked(stored: bytes) -> Points:
    """What `packed` was given."""
    rows = int.from_bytes(stored[:_LENGTH_BYTES], "little")
    body = np.frombuffer(zlib.decompress(stored[_LENGTH_BYTES:]), dtype="<i8").astype(np.int64)
    numbers, counts, watched_from, points = np.split(body, [rows, 2 * rows, 3 * rows])
    offsets, times_ms = np.split(np.cumsum(points.reshape(2, -1), axis=1), 2)
    return Points(numbers, counts, watched_from, offsets[0], times_ms[0])
