"""How far one partition has been handled, so that no commit ever passes an unfinished record."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class PartitionProgress:
    """Records of one partition since it was assigned; not shared between threads.

    Offsets arrive in log order but may have holes (compaction, transaction markers), and finish in
    any order. Committable is the offset after the last record before which all are finished.
    """

    _is_finished: dict[int, bool] = field(default_factory=dict)
    _finished_total: int = 0
    _position: int | None = None
    _committed: int | None = None
    _newest: int = -1

    def start(self, offset: int) -> bool:
        """Note a fetched record; False where the log has gone back: then progress begins anew."""
        if offset <= self._newest:
            return False
        self._newest = offset
        self._is_finished[offset] = False
        return True

    def finish(self, offset: int) -> None:
        """Note a handled record. Raises KeyError for one that was never started."""
        if not self._is_finished[offset]:
            self._is_finished[offset] = True
            self._finished_total += 1
            self._advance()

    def committable(self) -> int | None:
        """The offset to commit; None while nothing has moved since the last commit."""
        return self._position if self._position != self._committed else None

    def mark_committed(self, offset: int) -> None:
        self._committed = offset

    @property
    def committed(self) -> int | None:
        """Where a successor would begin; None before the first commit."""
        return self._committed

    @property
    def gap(self) -> int:
        """Finished records that wait behind an unfinished one: what a crash would handle again."""
        return self._finished_total

    def _advance(self) -> None:
        # A dict keeps insertion order, so its first key is the oldest open record.
        while self._is_finished:
            oldest = next(iter(self._is_finished))
            if not self._is_finished[oldest]:
                return
            del self._is_finished[oldest]
            self._finished_total -= 1
            self._position = oldest + 1
