"""What a broker tells of when records were appended, as points for timelines."""

from collections.abc import Callable

import numpy as np

from monitor.errors import ClusterUnreachableError
from monitor.kafka.ports import UNKNOWN, ClusterReader, Int64s, PartitionIndex

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS

# The first record of the log, and the first of each of these spans; oldest first.
SPANS_MS = (7 * DAY_MS, DAY_MS, 6 * HOUR_MS, HOUR_MS, 15 * MINUTE_MS, 5 * MINUTE_MS, MINUTE_MS)


def points_told(
    reader: ClusterReader,
    positions: Int64s,
    partitions: PartitionIndex,
    log_end: Int64s,
    now_ms: int,
    renew: Callable[[], None] = lambda: None,
) -> tuple[Int64s, Int64s] | None:
    """Offsets and times in ms, a row a position, a column a span, as `Timelines` take them.

    None where nobody answers.
    """
    answers = []
    for since_ms in (0, *(now_ms - span for span in SPANS_MS)):
        try:
            found = reader.first_since(positions, partitions, since_ms)
        except ClusterUnreachableError:
            return None
        # Nothing since then: the log ended there already.
        is_silent = (found.error == 0) & (found.offset < 0)
        offset = np.where(is_silent, log_end, found.offset)
        time_ms = np.where(is_silent, since_ms, found.time_ms)
        answers.append((np.where(time_ms < 0, UNKNOWN, offset), time_ms, is_silent))
        renew()
    offsets, times_ms, silent = (np.stack(column, axis=1) for column in zip(*answers, strict=True))
    # The oldest of the silent spans says it all.
    offsets[silent & (np.cumsum(silent, axis=1) > 1)] = UNKNOWN
    # Records, and none at any time: theirs are not stamped.
    offsets[silent[:, 0]] = UNKNOWN
    return offsets, times_ms
