"""Where a series was not sampled. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

Value = TypeVar("Value")

# A tick that comes late by less than half an interval is no gap.
HOLE_IN_INTERVALS = 1.5


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the points of a chart lie; `source` is a bucket's index, or None for a gap."""

    times: list[float]
    source: list[int | None]

    def spread(self, values: Sequence[Value | None]) -> list[Value | None]:
        """One value per bucket becomes one per point, None in gaps."""
        return [None if index is None else values[index] for index in self.source]


def lay_out(
    first: Sequence[float], last: Sequence[float], *, interval_at: Callable[[float], float]
) -> Layout:
    """Points at each bucket's last sample, and one empty point in each hole between buckets.

    `first` and `last` are the times (epoch seconds) of each bucket's outermost samples;
    `interval_at` tells how many seconds after the sample of a time the next one was due.
    """
    times: list[float] = []
    source: list[int | None] = []
    for index, (opens, closes) in enumerate(zip(first, last, strict=True)):
        if index and opens - last[index - 1] > HOLE_IN_INTERVALS * interval_at(last[index - 1]):
            times.append((opens + last[index - 1]) / 2)
            source.append(None)
        times.append(closes)
        source.append(index)
    return Layout(times, source)


def joined(layout: Layout) -> list[bool]:
    """For each bucket: does it come right after the one before, without a gap between?"""
    pairs = zip([None, *layout.source], layout.source, strict=False)
    return [before is not None for before, here in pairs if here is not None]
