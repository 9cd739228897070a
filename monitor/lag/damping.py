"""Flap damping: a status must hold before it counts. Pure.

1. First sight, and the first judgement after it, count at once: a new group is UNKNOWN for want of
   samples, and what follows takes nothing back.
2. The status as it is: nothing to settle.
3. A raw status that held for `ticks` ticks in a row becomes the status, be it better or worse.
4. Twice as many ticks in a row none of which had the status: the newest raw one becomes it. Or a
   group that turns between STALL and STOP at each tick would be OK for ever.
5. Otherwise the status stays.
"""

from typing import NamedTuple

from monitor.values import Status

ASTRAY_FACTOR = 2


class Standing(NamedTuple):
    """A status, and the raw one of the last tick.

    `raw_ticks` is for how many ticks in a row it has been that one, and `astray_ticks` for how many
    it has been any other than `status`; both 0 while the two are the same.
    """

    status: Status
    raw: Status
    raw_ticks: int = 0
    astray_ticks: int = 0


def settle(before: Standing, raw: Status, *, ticks: int, is_unjudged: bool = False) -> Standing:
    """The standing after a tick that found `raw`. `ticks` of 1 damps nothing."""
    if raw is before.status is before.raw:
        return before
    if is_unjudged or raw is before.status:  # 1, 2
        return Standing(raw, raw)
    raw_ticks = before.raw_ticks + 1 if raw is before.raw else 1
    astray_ticks = before.astray_ticks + 1
    if raw_ticks >= ticks or astray_ticks >= ASTRAY_FACTOR * ticks:  # 3, 4
        return Standing(raw, raw)
    return Standing(before.status, raw, raw_ticks, astray_ticks)  # 5
