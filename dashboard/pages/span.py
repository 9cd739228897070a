"""The time range of a page, as its URL says. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

LENGTHS = {
    "15m": timedelta(minutes=15),
    "1h": timedelta(hours=1),
    "6h": timedelta(hours=6),
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
    "400d": timedelta(days=400),
}
DEFAULT = "1h"
SHORTEST = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` up to `end`. A named one ends now and moves on; one without a name stands."""

    name: str
    start: datetime
    end: datetime
    problem: str = ""

    @property
    def length(self) -> timedelta:
        return self.end - self.start

    @property
    def parameters(self) -> dict[str, str]:
        """What a link carries on, so that the next page shows the same range."""
        if self.name:
            return {} if self.name == DEFAULT else {"range": self.name}
        return {"from": str(int(self.start.timestamp())), "to": str(int(self.end.timestamp()))}


def offered(keep_days: int) -> list[str]:
    """The named ranges of which something is kept."""
    return [name for name, length in LENGTHS.items() if length <= timedelta(days=keep_days)]


def read_span(parameters: Mapping[str, str], now: datetime, keep_days: int) -> Span:
    """The asked range; one that cannot be is replaced by the default, and says why."""
    if "from" in parameters or "to" in parameters:
        try:
            return _custom(parameters.get("from", ""), parameters.get("to", ""), now, keep_days)
        except ValueError as problem:
            return _named(DEFAULT, now, f"{problem} This is the last hour.")
    name = parameters.get("range", DEFAULT)
    if name not in offered(keep_days):
        names = ", ".join(offered(keep_days))
        return _named(DEFAULT, now, f"Ranges are {names}. This is the last hour.")
    return _named(name, now)


def _named(name: str, now: datetime, problem: str = "") -> Span:
    return Span(name, now - LENGTHS[name], now, problem)


def _custom(start_text: str, end_text: str, now: datetime, keep_days: int) -> Span:
    try:
        start = datetime.fromtimestamp(float(start_text), UTC)
        end = datetime.fromtimestamp(float(end_text), UTC)
    except (ValueError, OverflowError, OSError):
        raise ValueError("A range is two times in epoch seconds, from and to.") from None
    if end <= start:
        raise ValueError("The range ends before it starts.")
    end = min(end, now)
    start = max(start, now - timedelta(days=keep_days))
    if end - start < SHORTEST:
        raise ValueError(f"No samples are kept of that range; they are kept {keep_days} days.")
    return Span("", start, end)
