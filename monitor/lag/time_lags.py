"""How long ago the records at commits were appended, and how that was found. Pure."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from monitor.kafka.ports import Int64s
from monitor.lag.memory import ClusterMemory
from monitor.lag.moments import epoch_ms
from monitor.lag.rows import keys
from monitor.partition_records import METHODS

BY_TIMELINE, BY_BROKER = (METHODS.index(name) for name in ("timeline", "broker"))


@dataclass(frozen=True, slots=True)
class TimeLags:
    """Seconds since the record at each commit was appended; NaN unknown, 0 without lag.

    `method` is a place in `monitor.partition_records.METHODS`.
    """

    seconds: npt.NDArray[np.float64]
    method: npt.NDArray[np.int8]


def time_lags(
    memory: ClusterMemory, topic_ids: Int64s, numbers: Int64s, committed: Int64s, lag: Int64s
) -> TimeLags:
    """Of each row, by its topic, the partition's number, and where its group is."""
    seconds = np.where(lag == 0, 0.0, np.nan)
    method = np.where(lag == 0, BY_TIMELINE, 0).astype(np.int8)
    if memory.ends_read_at is None:
        return TimeLags(seconds, method)
    now_ms = epoch_ms(memory.ends_read_at)
    rows = np.flatnonzero((lag > 0) & (committed >= 0))
    own = keys(topic_ids[rows], numbers[rows])
    then = memory.timelines.times_of(own, committed[rows])
    seconds[rows] = np.maximum(0.0, now_ms - then) / 1000
    by = np.where(memory.timelines.were_watched(own, committed[rows]), BY_TIMELINE, BY_BROKER)
    method[rows] = np.where(np.isnan(then), 0, by)
    return TimeLags(seconds, method)
