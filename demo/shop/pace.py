"""How fast the parts of the shop go, and when. Pure: the time comes in."""

from dataclasses import dataclass

MOST_DEBT_SECONDS = 1.0


@dataclass(slots=True)
class Pace:
    """Events that fall due at a steady rate.

    What an outage kept from being written is not made up for beyond a second: shops do not sell
    twice as much after a break either.
    """

    events_per_second: float
    _owed: float = 0.0
    _last_seconds: float | None = None

    def due(self, now_seconds: float) -> int:
        """How many events to write now."""
        if self._last_seconds is not None:
            self._owed += (now_seconds - self._last_seconds) * self.events_per_second
        self._last_seconds = now_seconds
        self._owed = min(self._owed, max(1.0, self.events_per_second * MOST_DEBT_SECONDS))
        whole = int(self._owed)
        self._owed -= whole
        return whole


@dataclass(frozen=True, slots=True)
class Wave:
    """Slow for a while, then fast for a while, by the clock."""

    slow_seconds: float = 90.0
    fast_seconds: float = 150.0

    def is_slow(self, now_seconds: float) -> bool:
        return now_seconds % (self.slow_seconds + self.fast_seconds) < self.slow_seconds


def handling_seconds(
    arrivals_per_second: float, *, workers: int, share: float, longest: float = 1.0
) -> float:
    """How long one of `workers` must take so that all handle `share` of what arrives.

    The bound keeps a single record from outlasting the time that a stopping process has.
    """
    if arrivals_per_second <= 0:
        return 0.0
    return min(workers / (arrivals_per_second * share), longest)


@dataclass(frozen=True, slots=True)
class Visits:
    """When search is there: so long at work, then so long away."""

    stay_seconds: float = 180.0
    away_seconds: float = 60.0
