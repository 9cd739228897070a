"""Waiting longer after each failure in a row."""

_FIRST_SECONDS = 0.25
_LONGEST_SECONDS = 5.0


class Backoff:
    """0.25, 0.5, 1 ... 5 s; starts anew after a success."""

    def __init__(self) -> None:
        self._failures = 0

    def next_seconds(self) -> float:
        self._failures += 1
        return min(_LONGEST_SECONDS, _FIRST_SECONDS * 2.0 ** min(self._failures - 1, 10))

    def reset(self) -> None:
        self._failures = 0
