"""How far apart ticks must be for a cluster that takes long. Pure.

The first rule that holds decides:

1. The last tick took longer than the interval: the least multiple of the asked interval that leaves
   a quarter of itself as room, and never less than now. At once, for a worker that is late stays
   late, and each tick that it cannot take is a hole in every chart.
2. The interval is wider than asked, and each of the last `CALM_TICKS` would have had that room in a
   narrower one: the least such. Only then, or one quick tick would bring the trouble back.
3. As it is, but no wider than is allowed by now.
"""

from collections.abc import Sequence
from math import ceil

CALM_TICKS = 6
ROOM = 1.25


def widened(asked: int, present: int, took: Sequence[float], most: int) -> int:
    """Seconds between two ticks, a multiple of `asked`, and no more than `most` beyond it.

    `took` are the last ticks' seconds, the newest first.
    """
    if not took:
        return present
    widest = max(most // asked, 1) * asked
    if took[0] > present:  # 1
        return min(max(present, _with_room(took[0], asked)), widest)
    calm = took[:CALM_TICKS]
    if len(calm) == CALM_TICKS:  # 2
        return min(present, _with_room(max(calm), asked), widest)
    return min(present, widest)  # 3


def reason(seconds: float, before: int, after: int) -> str:
    """Why ticks come at another interval from now on, with its numbers."""
    if after > before:
        return f"A tick took {seconds:.1f} s, longer than the interval of {before} s."
    if seconds > after:
        return f"No more than {after} s are allowed."
    return f"The last {CALM_TICKS} ticks took {seconds:.1f} s at most."


def _with_room(seconds: float, asked: int) -> int:
    return max(ceil(seconds * ROOM / asked), 1) * asked
