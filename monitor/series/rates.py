"""How fast offsets move. Pure."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

UNKNOWN = -1  # as in the columns that `arrays` reads


def forward_moves(offsets: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Records that each row adds to the one before, summed over partitions; one row fewer.

    Only moves between two known offsets count, and only forward ones: a rewind consumes nothing,
    and a truncated log produces nothing. Where no partition is known in both rows, the move is
    unknown.
    """
    before, after = offsets[:-1], offsets[1:]
    is_known = (before >= 0) & (after >= 0)
    return known_sum(np.where(is_known, np.maximum(after - before, 0), UNKNOWN), axis=1)


def known_sum(moves: npt.NDArray[np.int64], *, axis: int) -> npt.NDArray[np.int64]:
    """The sum of what is known along an axis; unknown where nothing is."""
    is_known = moves >= 0
    total = np.where(is_known, moves, 0).sum(axis=axis)
    known: npt.NDArray[np.int64] = np.where(is_known.any(axis=axis), total, UNKNOWN)
    return known


def per_second(
    moves: npt.NDArray[np.int64], times: Sequence[float], joined: Sequence[bool]
) -> list[float | None]:
    """Moves over the time they took; None for the first row, across a gap, and where unknown."""
    seconds = np.diff(np.asarray(times, dtype=np.float64))
    is_known = np.asarray(joined[1:], dtype=np.bool_) & (seconds > 0) & (moves >= 0)
    moved = np.divide(moves, seconds, out=np.zeros(len(seconds)), where=is_known)
    rates = zip(moved.tolist(), is_known.tolist(), strict=True)
    first: list[float | None] = [None] if len(times) else []
    return first + [rate if known else None for rate, known in rates]
