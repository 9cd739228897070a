"""How fast offsets move. Pure."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt


def forward_moves(offsets: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Records that each row adds to the one before, summed over partitions; one row fewer.

    Only moves between two known offsets count, and only forward ones: a rewind consumes nothing,
    and a truncated log produces nothing.
    """
    before, after = offsets[:-1], offsets[1:]
    moves = np.where((before >= 0) & (after > before), after - before, 0)
    total: npt.NDArray[np.int64] = moves.sum(axis=1)
    return total


def per_second(
    moves: npt.NDArray[np.int64], times: Sequence[float], joined: Sequence[bool]
) -> list[float | None]:
    """Moves over the time they took; None for the first row and across a gap."""
    rates: list[float | None] = [None] if times else []
    for index in range(1, len(times)):
        seconds = times[index] - times[index - 1]
        rates.append(float(moves[index - 1]) / seconds if joined[index] and seconds > 0 else None)
    return rates
