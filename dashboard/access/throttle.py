"""How many failures of one address are too many. Pure: time is an argument."""

from collections import OrderedDict, deque
from threading import Lock


class FailureWindow:
    """Failures per key within the last `window_seconds`; at `limit` the key has to wait.

    Lives in one process and forgets on restart: it slows guessing down, while the tokens' length
    makes it hopeless. Holds at most `keys_max` keys, dropping the one that failed longest ago.
    """

    def __init__(self, *, limit: int, window_seconds: float, keys_max: int = 10_000) -> None:
        self._limit = limit
        self._window_seconds = window_seconds
        self._keys_max = keys_max
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = Lock()

    def wait_seconds(self, key: str, now: float) -> float:
        """Seconds until the key may try again; 0 when it may."""
        with self._lock:
            times = self._failures.get(key)
            if times is None or len(times) < self._limit:
                return 0.0
            return max(0.0, times[0] + self._window_seconds - now)

    def add(self, key: str, now: float) -> None:
        """Count one failure. Only the newest `limit` are kept: they decide."""
        with self._lock:
            times = self._failures.setdefault(key, deque(maxlen=self._limit))
            times.append(now)
            self._failures.move_to_end(key)
            if len(self._failures) > self._keys_max:
                self._failures.popitem(last=False)

    def clear(self) -> None:
        """Forget all failures."""
        with self._lock:
            self._failures.clear()
