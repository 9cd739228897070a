"""The timelines of a whole cluster as columns: `OffsetTimeline` for every partition at once. Pure.

A row a partition, its points from the oldest on; a test holds that each row says what the simple
form says.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from monitor.lag.rows import PARTITION_BITS, keys, number_of, places_in
from monitor.lag.timelag import MOST_POINTS
from monitor.lag.timeline_form import Points

Int64s = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_FIRST_WIDTH = 8

_HALVES = [1 << bit for bit in reversed(range(MOST_POINTS.bit_length()))]

# What stays of a full row: every second point of the middle, and both ends.
_KEPT = np.array([0, *range(1, MOST_POINTS - 1, 2), MOST_POINTS - 1])


class Timelines:
    """Rows go by key, which is a topic's id and a partition number (`monitor.lag.rows.keys`)."""

    def __init__(self) -> None:
        self.keys: Int64s = np.empty(0, dtype=np.int64)
        self.counts: Int64s = np.empty(0, dtype=np.int64)
        self._watched_from: Int64s = np.empty(0, dtype=np.int64)
        self._offsets: Int64s = np.empty((0, _FIRST_WIDTH), dtype=np.int64)
        self._times: Floats = np.empty((0, _FIRST_WIDTH), dtype=np.float64)

    def add(self, keys: Int64s, log_end: Int64s, time_ms: float) -> None:
        """The logs ended there at `time_ms`; below zero is unknown and adds nothing.

        Keys rise. A fallen end means a log made anew, whose past is void.
        """
        known = np.flatnonzero(log_end >= 0)
        end = log_end[known]
        row = self._rows(keys)[known]
        last, before_last = self._offset_at(row, 1), self._offset_at(row, 2)
        newest = self._times[row, self.counts[row] - 1]
        # One that is not newer says nothing of what came since.
        is_newer = (self.counts[row] == 0) | (time_ms > newest)
        self.counts[row[is_newer & (end < last)]] = 0
        count = self.counts[row]
        is_flat = (count >= 2) & (end == last) & (end == before_last)
        moved = row[is_newer & is_flat]
        self._times[moved, self.counts[moved] - 1] = time_ms  # a flat stretch is two points
        begun = count == 0
        self._watched_from[row[begun]] = end[begun]
        self._append(row[is_newer & ~is_flat], end[is_newer & ~is_flat], time_ms)

    def put_before(self, keys: Int64s, offsets: Int64s, times_ms: Int64s) -> None:
        """What somebody else knows of the time before each row's first point.

        A row a key and a column a point, oldest first; an offset below zero is none. A point that
        is not older than the one after it, or lies beyond it, is left out.
        """
        known = np.flatnonzero(places_in(self.keys, keys) >= 0)
        row = places_in(self.keys, keys[known])
        has_first = self.counts[row] > 0
        row, offsets, times_ms = (
            row[has_first],
            offsets[known[has_first]],
            times_ms[known[has_first]],
        )
        fits = self._fitting(row, offsets, times_ms)
        self._make_room(row, fits.sum(axis=1))
        at, point = np.nonzero(fits)
        place = (np.cumsum(fits, axis=1) - 1)[at, point]
        self._offsets[row[at], place] = offsets[at, point]
        self._times[row[at], place] = times_ms[at, point]

    @property
    def topic_ids(self) -> Int64s:
        return np.unique(self.keys >> PARTITION_BITS)

    def points_of(self, topic_id: int) -> Points:
        """A topic's rows, for keeping."""
        first, last = np.searchsorted(
            self.keys, [topic_id << PARTITION_BITS, (topic_id + 1) << PARTITION_BITS]
        )
        own = slice(first, last)
        is_point = np.arange(self._offsets.shape[1]) < self.counts[own, None]
        return Points(
            numbers=number_of(self.keys[own]),
            counts=self.counts[own].copy(),
            watched_from=self._watched_from[own].copy(),
            offsets=self._offsets[own][is_point],
            times_ms=np.round(self._times[own][is_point]).astype(np.int64),
        )

    def load(self, topic_ids: Int64s, kept: Sequence[Points]) -> None:
        """Take over what `points_of` gave of these topics, which rise; there are no rows yet."""
        owner = np.repeat(topic_ids, [len(points.numbers) for points in kept])
        self.keys = keys(owner, np.concatenate([points.numbers for points in kept]))
        self.counts = np.concatenate([points.counts for points in kept])
        self._watched_from = np.concatenate([points.watched_from for points in kept])
        shape = (len(self.keys), MOST_POINTS)
        self._offsets, self._times = np.zeros(shape, dtype=np.int64), np.zeros(shape)
        is_point = np.arange(MOST_POINTS) < self.counts[:, None]
        self._offsets[is_point] = np.concatenate([points.offsets for points in kept])
        self._times[is_point] = np.concatenate([points.times_ms for points in kept])

    def were_watched(self, keys: Int64s, offsets: Int64s) -> Bools:
        """Whether the log was seen to reach each offset; if not, somebody else told its time."""
        rows = places_in(self.keys, keys)
        watched: Bools = (rows >= 0) & (offsets >= np.append(self._watched_from, 0)[rows])
        return watched

    def times_of(self, keys: Int64s, offsets: Int64s) -> Floats:
        """When each key's log end was at the offset, in ms; NaN where its timeline does not reach.

        Of several segments that hold an offset, the newest answers.
        """
        times = np.full(len(keys), np.nan)
        rows = places_in(self.keys, keys)
        asked = np.flatnonzero(rows >= 0)
        row, offset = rows[asked], offsets[asked]
        count = self.counts[row]
        is_held = (count >= 2) & (self._offsets[row, 0] <= offset)
        is_held &= offset <= self._offset_at(row, 1)
        asked, row, offset, count = (column[is_held] for column in (asked, row, offset, count))
        right = self._first_above(row, offset, count)
        is_last = right == count
        times[asked[is_last]] = self._times[row[is_last], count[is_last] - 1]
        inside = ~is_last
        times[asked[inside]] = self._between(row[inside], right[inside], offset[inside])
        return times

    def first_times(self, keys: Int64s) -> Floats:
        """When each key's timeline begins, in ms; NaN where there is none."""
        times = np.full(len(keys), np.nan)
        rows = places_in(self.keys, keys)
        has_first = rows >= 0
        has_first[has_first] = self.counts[rows[has_first]] > 0
        times[has_first] = self._times[rows[has_first], 0]
        return times

    def keep_only(self, topic_ids: Int64s) -> None:
        """Drop the rows of other topics than these."""
        kept = np.isin(self.keys >> PARTITION_BITS, topic_ids)
        if not kept.all():
            self.keys, self.counts = self.keys[kept], self.counts[kept]
            self._watched_from = self._watched_from[kept]
            self._offsets, self._times = self._offsets[kept], self._times[kept]

    def _fitting(self, row: Int64s, offsets: Int64s, times_ms: Int64s) -> Bools:
        """Which points lie before all that come after them."""
        fits = np.zeros(offsets.shape, dtype=np.bool_)
        next_offset, next_time = self._offsets[row, 0], self._times[row, 0]
        for point in reversed(range(offsets.shape[1])):
            offset, time_ms = offsets[:, point], times_ms[:, point]
            fits[:, point] = (offset >= 0) & (offset <= next_offset) & (time_ms < next_time)
            np.copyto(next_offset, offset, where=fits[:, point])
            np.copyto(next_time, time_ms, where=fits[:, point])
        return fits

    def _make_room(self, row: Int64s, points: Int64s) -> None:
        """Move what each row holds behind so many new points."""
        full = row[self.counts[row] + points > MOST_POINTS]
        if len(full):
            self._thin_out(full)
        while len(row) and (self.counts[row] + points).max() > self._offsets.shape[1]:
            self._widen()
        for by in set(points.tolist()) - {0}:
            moved = row[points == by]
            for matrix in (self._offsets, self._times):
                matrix[moved, by:] = matrix[moved, :-by]
        self.counts[row] += points

    def _between(self, row: Int64s, right: Int64s, offset: Int64s) -> Floats:
        """On the line from the last point at or below `offset` to the one after it."""
        later, earlier = self._offsets[row, right], self._offsets[row, right - 1]
        ahead = (later - offset) / (later - earlier)
        times: Floats = self._times[row, right]
        return times - ahead * (times - self._times[row, right - 1])

    def _first_above(self, row: Int64s, offset: Int64s, count: Int64s) -> Int64s:
        """The first point above each offset, by halves; the count where there is none."""
        points, begins = self._offsets.reshape(-1), row * self._offsets.shape[1]
        above = np.zeros_like(count)
        for step in _HALVES:
            further = above + step
            # What a row does not have is not read: `clip` only keeps the look-up inside.
            is_below = points.take(begins + further - 1, mode="clip") <= offset
            above = np.where(is_below & (further <= count), further, above)
        return above

    def _offset_at(self, row: Int64s, from_end: int) -> Int64s:
        """Of the last point but `from_end - 1`; -1 where there are not so many."""
        place = self.counts[row] - from_end
        found: Int64s = np.where(place >= 0, self._offsets[row, np.maximum(place, 0)], -1)
        return found

    def _append(self, row: Int64s, end: Int64s, time_ms: float) -> None:
        full = row[self.counts[row] >= MOST_POINTS]
        if len(full):
            self._thin_out(full)
        place = self.counts[row]
        if len(row) and place.max() >= self._offsets.shape[1]:
            self._widen()
        self._offsets[row, place] = end
        self._times[row, place] = time_ms
        self.counts[row] += 1

    def _thin_out(self, full: Int64s) -> None:
        for matrix in (self._offsets, self._times):
            matrix[full, : len(_KEPT)] = matrix[np.ix_(full, _KEPT)]
        self.counts[full] = len(_KEPT)

    def _widen(self) -> None:
        more = min(self._offsets.shape[1], MOST_POINTS - self._offsets.shape[1])
        self._offsets = np.pad(self._offsets, ((0, 0), (0, more)))
        self._times = np.pad(self._times, ((0, 0), (0, more)))

    def _rows(self, keys: Int64s) -> Int64s:
        """Where each key's row is, made if there is none yet."""
        if np.array_equal(keys, self.keys):
            return np.arange(len(keys))
        fresh = np.setdiff1d(keys, self.keys)
        if len(fresh):
            every = np.concatenate((self.keys, fresh))
            order = np.argsort(every)
            more = ((0, len(fresh)), (0, 0))
            self.keys = every[order]
            self.counts = np.pad(self.counts, (0, len(fresh)))[order]
            self._watched_from = np.pad(self._watched_from, (0, len(fresh)))[order]
            self._offsets = np.pad(self._offsets, more)[order]
            self._times = np.pad(self._times, more)[order]
        return places_in(self.keys, keys)
