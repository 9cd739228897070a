"""How many records a run may copy now. Pure: the time is an argument."""

from dataclasses import dataclass


@dataclass(slots=True)
class TokenBucket:
    """Grants `rate_per_second` records a second; null grants all that is wanted.

    It starts empty and saves up at most `burst_seconds`, so that no second of a run, nor the first
    one after a pause, exceeds the rate by more than that.
    """

    rate_per_second: float | None
    now: float
    burst_seconds: float = 0.5
    tokens: float = 0.0

    def take(self, wanted: int, now: float) -> int:
        """Take up to `wanted` tokens at the time `now` (seconds); return how many there were."""
        if self.rate_per_second is None:
            return wanted
        self._fill(self.rate_per_second, now)
        granted = min(wanted, int(self.tokens))
        self.tokens -= granted
        return granted

    def give_back(self, unused: int) -> None:
        """Return tokens for which there was no record."""
        self.tokens += unused

    def wait_seconds(self, wanted: int, now: float) -> float:
        """How long until `wanted` tokens, or all that it can hold, are there."""
        if self.rate_per_second is None:
            return 0.0
        self._fill(self.rate_per_second, now)
        missing = min(wanted, self._capacity(self.rate_per_second)) - self.tokens
        return max(0.0, missing / self.rate_per_second)

    def _fill(self, rate: float, now: float) -> None:
        # A clock that steps back must not drain the bucket.
        passed = max(0.0, now - self.now)
        self.tokens = min(self._capacity(rate), self.tokens + passed * rate)
        self.now = now

    def _capacity(self, rate: float) -> float:
        return max(1.0, rate * self.burst_seconds)
