"""Made-up traffic for `bench.series`: a quarter each of busy, quiet, idle and bursty topics.

A busy partition takes 50 records a second, a quiet one one in five seconds, an idle one none, and a
bursty one 200 a second for a tenth of the time, some minutes on end. Consumers commit what they
have, a random bit behind.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Int64s = npt.NDArray[np.int64]

PARTITIONS = 20
INTERVAL_SECONDS = 10
TICKS_AN_HOUR = 3600 // INTERVAL_SECONDS
KINDS = ("busy", "quiet", "idle", "bursty")
BURST_TICKS = 18

_PER_SECOND = np.array([50.0, 0.2, 0.0, 200.0])
_BURST_SHARE = 0.1
_BEHIND = 0.3  # of what a tick brings


@dataclass(frozen=True, slots=True)
class Moment:
    """One tick: ends, a row per topic, and commits, a row per group; a column per partition."""

    ends: Int64s
    committed: Int64s


class Traffic:
    """Ticks of some topics and groups without end; group `n` reads topic `n % topics`."""

    def __init__(self, topics: int, groups: int, seed: int = 1) -> None:
        self.topic_of = np.arange(groups) % topics
        self._draw = np.random.default_rng(seed)
        self._kind = np.arange(topics) % len(KINDS)
        self._ends = self._draw.integers(0, 10**9, (topics, PARTITIONS))
        self._committed = self._ends[self.topic_of].copy()
        self._is_bursting = np.zeros(topics, dtype=np.bool_)

    def ticks(self, count: int) -> Iterator[Moment]:
        for _ in range(count):
            yield self._tick()

    def _tick(self) -> Moment:
        turns = self._draw.random(len(self._kind)) * BURST_TICKS
        self._is_bursting ^= np.where(self._is_bursting, turns < 1, turns < _BURST_SHARE)
        is_silent = (self._kind == KINDS.index("bursty")) & ~self._is_bursting
        records = np.where(is_silent, 0.0, _PER_SECOND[self._kind]) * INTERVAL_SECONDS
        self._ends += self._draw.poisson(records[:, None], self._ends.shape)
        behind = self._draw.poisson(records[self.topic_of, None] * _BEHIND, self._committed.shape)
        self._committed = np.maximum(self._committed, self._ends[self.topic_of] - behind)
        return Moment(self._ends.copy(), self._committed.copy())
