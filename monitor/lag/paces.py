"""How long each partition usually waits for its commit to move, in 48 bytes a partition. Pure.

Waits are counted by length in twelve buckets, in four generations of six hours each, so "over the
last day" means the last 18 to 24 hours. What is approximate:
- The answer is the upper edge of the bucket that holds the 95th percentile. Edges go from three
  sampling intervals, below which the guard is shorter than a window anyway, up to five minutes,
  above which it is `GUARD_MAX_MS` whatever the answer; the last bucket answers with that.
- A commit is seen at a tick, so a wait is as long as seen, off by one interval either way.
- Counts go up to 255. A full one halves all of its partition and generation: shares stay, but of a
  partition that commits at each tick the rarest waits are forgotten.
- After a change of the interval, older counts are read by the new edges, for a day at most.
"""

import numpy as np
import numpy.typing as npt

from monitor.lag.judge import GUARD_GAPS, GUARD_MAX_MS, HOUR_MS

Int64s = npt.NDArray[np.int64]

GENERATIONS = 4
GENERATION_MS = 6 * HOUR_MS
BUCKETS = 12
FEWEST_WAITS = 10
_FULL = 255
_SHORTEST_IN_INTERVALS = 3


class Paces:
    """A row a partition. `generation` counts six hours since 1970, the newest that is counted."""

    def __init__(self, counts: npt.NDArray[np.uint8] | None = None, generation: int = 0) -> None:
        self.counts = empty(0) if counts is None else counts
        self.generation = generation

    def turn_to(self, now_ms: int) -> None:
        """Forget what is older than a day. A clock that was set back forgets nothing."""
        generation = now_ms // GENERATION_MS
        forget(self.counts, np.full(len(self.counts), self.generation), generation)
        self.generation = generation

    def add(self, rows: Int64s, waits_ms: Int64s, interval_ms: int) -> None:
        """Count a wait for each of `rows`, in the present generation."""
        place = self.generation % GENERATIONS
        bucket = np.searchsorted(edges_ms(interval_ms), waits_ms)
        full = rows[self.counts[rows, place, bucket] == _FULL]
        self.counts[full, place] >>= 1
        self.counts[rows, place, bucket] += 1

    def usual_ms(self, rows: Int64s, interval_ms: int) -> Int64s:
        """What 95 of 100 waits of each row stay within; -1 with fewer than `FEWEST_WAITS`."""
        longest = np.append(edges_ms(interval_ms), GUARD_MAX_MS)
        so_far = self.counts[rows].sum(axis=1, dtype=np.int64).cumsum(axis=1)
        total = so_far[:, -1]
        bucket = (so_far * 20 < total[:, None] * 19).sum(axis=1)
        return np.where(total >= FEWEST_WAITS, longest[bucket], -1)


def empty(rows: int) -> npt.NDArray[np.uint8]:
    return np.zeros((rows, GENERATIONS, BUCKETS), dtype=np.uint8)


def forget(counts: npt.NDArray[np.uint8], counted_in: Int64s, generation: int) -> None:
    """Clear the generations that have passed since the one that each row was last counted in."""
    passed = np.minimum(generation - counted_in, GENERATIONS)
    for back in range(int(passed.max(initial=0))):
        counts[passed > back, (generation - back) % GENERATIONS] = 0


def edges_ms(interval_ms: int) -> Int64s:
    """Upper edges of all buckets but the last, which has none."""
    longest = GUARD_MAX_MS // GUARD_GAPS
    shortest = min(_SHORTEST_IN_INTERVALS * interval_ms, longest)
    return np.geomspace(shortest, longest, BUCKETS - 1).round().astype(np.int64)
