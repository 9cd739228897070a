"""How many bytes a record takes in each log, from the log's size and the offsets in it. Pure.

The size of a log over its records, an average. It is exact for all that the log holds, so for a
group that stands at the log's start, which is the one that loses next; further ahead it is wrong
as far as new records differ from old ones. It is about right only ("about") where the log's own
size is not told any more, where it was never told and the topic's other logs stand in for it, and
where compaction thins the older records out.
"""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from monitor.lag.reading import Bools, Int64s

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RecordSizes:
    """Bytes a record by partition, NaN where nothing is known; `is_about` as above."""

    record_bytes: Floats
    is_about: Bools


@dataclass(frozen=True, slots=True)
class Log:
    """A topic's edges by partition, below zero where unknown."""

    start: Int64s
    end: Int64s
    is_compacted: bool = False


class LogSizes:
    """What is known of the logs of topics that have retention.bytes.

    `is_told` is None until somebody was asked for sizes.
    """

    def __init__(self) -> None:
        self.is_told: bool | None = None
        self._asked: dict[str, Int64s] = {}
        self._known: dict[str, RecordSizes] = {}

    def note(self, topic: str, size_bytes: Int64s) -> None:
        """Sizes of this tick by partition, below zero where not told.

        They are read before the log's edges, so what is deleted in between makes records seem
        larger, and a loss come earlier.
        """
        self._asked[topic] = size_bytes

    def take_in(self, logs: Mapping[str, Log]) -> None:
        """The edges of the logs as read in this tick, which turn noted sizes into records'."""
        for topic, size_bytes in self._asked.items():
            if topic in logs:
                self._known[topic] = record_sizes(size_bytes, logs[topic], self._known.get(topic))
        self._asked.clear()

    def of(self, topic: str) -> RecordSizes | None:
        return self._known.get(topic)

    @property
    def asked(self) -> Set[str]:
        """Topics whose sizes this tick has noted."""
        return self._asked.keys()

    def forget(self, topics: Iterable[str]) -> None:
        for topic in topics:
            self._known.pop(topic, None)

    def keep_only(self, topics: Set[str]) -> None:
        self.forget(self._known.keys() - topics)


def record_sizes(size_bytes: Int64s, log: Log, before: RecordSizes | None = None) -> RecordSizes:
    """From sizes that were told now, else before, else of the topic's other logs."""
    count = min(len(size_bytes), len(log.start), len(log.end))
    size, start, end = size_bytes[:count], log.start[:count], log.end[:count]
    records = np.where((start >= 0) & (end >= 0), end - start, 0)
    is_own = (size > 0) & (records > 0)
    found = np.full(count, np.nan)
    found[is_own] = size[is_own] / records[is_own]
    if before is not None:
        both = min(count, len(before.record_bytes))
        found[:both] = np.where(is_own[:both], found[:both], before.record_bytes[:both])
    if is_own.any():
        found[np.isnan(found)] = size[is_own].sum() / records[is_own].sum()
    return RecordSizes(found, ~is_own | log.is_compacted)
