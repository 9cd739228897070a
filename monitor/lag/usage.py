"""Which groups are used, and which are abandoned."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from monitor.kafka.ports import Int16s, Int64s
from monitor.lag.moments import MILLISECOND, epoch_ms
from monitor.lag.roster import KnownGroup
from monitor.lag.window_rules import Bools, Int8s


@dataclass(frozen=True, slots=True)
class Usage:
    """Per group of a tick. `unused_ms` is 0 for those used in this tick."""

    is_used: Bools
    unused_ms: Int64s
    is_abandoned: Bools


def usage(
    known: Sequence[KnownGroup],
    owner: Int64s,
    has_moved: Bools,
    *,
    has_members: Int8s,
    is_readable: Bools,
    slot_at: datetime,
    abandoned_after: timedelta,
) -> Usage:
    """`is_abandoned` of `monitor.lag.judge` for columns; a test compares the two.

    `owner` is the group of each row in `has_moved`. A group counts as used when a commit of it
    moved, when it has a member, and when it is first met.
    """
    at = epoch_ms(slot_at)
    used_ms = [at if one.used_at is None else epoch_ms(one.used_at) for one in known]
    is_used = (has_members == 1) | (np.array(used_ms, dtype=np.int64) == at)
    is_used[owner[has_moved]] = True
    unused_ms = np.where(is_used, 0, at - np.array(used_ms, dtype=np.int64))
    is_abandoned = (has_members == 0) & is_readable & (unused_ms >= abandoned_after // MILLISECOND)
    return Usage(is_used, unused_ms, is_abandoned)


def readable(group_codes: Int16s, owner: Int64s, row_codes: Int16s) -> Bools:
    """Groups of which every commit could be read."""
    is_readable: Bools = group_codes == 0
    is_readable[owner[row_codes != 0]] = False
    return is_readable
