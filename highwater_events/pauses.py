"""Which partitions a consumer holds back at present, and why."""

import logging
from collections.abc import Collection, Mapping, Set

from highwater_events.backpressure import Limits, Load, is_gap_too_wide, is_too_much
from highwater_events.broker.base import TopicPartition

logger = logging.getLogger(__name__)


class Pauses:
    """Decides anew with each turn of the loop; remembers what it said, for it resumes late."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._is_overloaded = False
        self._gapped: frozenset[TopicPartition] = frozenset()

    def wanted(
        self, load: Load, gaps: Mapping[TopicPartition, int], held_up: Set[TopicPartition]
    ) -> frozenset[TopicPartition]:
        """Those to be paused: all while too much is in memory, else what waits by itself.

        `gaps` has all assigned partitions, `held_up` those whose dead letters are not taken.
        """
        self._is_overloaded = is_too_much(load, self._limits, is_paused=self._is_overloaded)
        self._find_gaps(gaps)
        if self._is_overloaded:
            return frozenset(gaps)
        return self._gapped.union(gaps.keys() & held_up)

    def _find_gaps(self, gaps: Mapping[TopicPartition, int]) -> None:
        gapped = frozenset(
            one
            for one, gap in gaps.items()
            if is_gap_too_wide(gap, self._limits, is_paused=one in self._gapped)
        )
        if gapped - self._gapped:
            logger.warning(
                "Paused %s: %s records or more are handled behind one that is not.",
                listed(gapped - self._gapped),
                self._limits.gap_records,
            )
        self._gapped = gapped


def listed(partitions: Collection[TopicPartition]) -> str:
    """Partitions as a log line names them."""
    return ", ".join(f"{topic}-{number}" for topic, number in sorted(partitions)) or "nothing"
