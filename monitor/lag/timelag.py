"""When the log had a given end: the timeline that turns lag in records into lag in time. Pure."""

from array import array
from bisect import bisect_left

MOST_POINTS = 120


class OffsetTimeline:
    """A bounded history of (log end, time) points of one partition, read backwards.

    When full, every second point of the middle goes and the ends stay: recent times are exact,
    old ones are straight lines between what is left.
    """

    __slots__ = ("_offsets", "_times")

    def __init__(self) -> None:
        self._offsets = array("q")
        self._times = array("d")

    def __len__(self) -> int:
        return len(self._offsets)

    @property
    def newest_offset(self) -> int:
        """The log end of the last point; below zero without any."""
        return self._offsets[-1] if self._offsets else -1

    def add(self, offset: int, time_ms: float) -> None:
        """The log ended at `offset` at `time_ms`.

        Ignored unless newer than the last point and not below its offset: a caller that saw the
        log end fall calls `clear` first.
        """
        offsets, times = self._offsets, self._times
        if offsets:
            if time_ms <= times[-1] or offset < offsets[-1]:
                return
            if len(offsets) >= 2 and offset == offsets[-1] == offsets[-2]:
                times[-1] = time_ms  # a flat stretch is two points, however long
                return
            if len(offsets) >= MOST_POINTS:
                self._thin_out()
        self._offsets.append(offset)
        self._times.append(time_ms)

    def time_of(self, offset: int) -> float | None:
        """When the log end was at `offset`, in ms; None where the timeline does not reach.

        Of several segments that hold it, the newest answers: that is when the record at `offset`
        was about to be appended.
        """
        offsets, times = self._offsets, self._times
        if len(offsets) < 2 or not offsets[0] <= offset <= offsets[-1]:
            return None
        if offset == offsets[-1]:
            return times[-1]
        # The newest segment that holds it: the last point at or below, and the one after.
        right = bisect_left(offsets, offset + 1)
        left = right - 1
        span = offsets[right] - offsets[left]
        ahead = (offsets[right] - offset) / span
        return times[right] - ahead * (times[right] - times[left])

    def clear(self) -> None:
        """Forget all: the log was truncated or made anew."""
        del self._offsets[:]
        del self._times[:]

    def _thin_out(self) -> None:
        self._offsets[1:-1] = self._offsets[1:-1:2]
        self._times[1:-1] = self._times[1:-1:2]
