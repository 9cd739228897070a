"""Values that features share. Pure: no Django, no clock, no I/O."""

from dataclasses import dataclass
from enum import IntFlag, StrEnum


class Status(StrEnum):
    """How a partition or group fares. Rules and order of badness: `monitor.lag.evaluate`."""

    OK = "OK"
    ABANDONED = "ABANDONED"
    UNKNOWN = "UNKNOWN"
    WARN = "WARN"
    STALL = "STALL"
    STOP = "STOP"
    REWIND = "REWIND"
    TRUNCATED = "TRUNCATED"
    LOSING = "LOSING"

    @property
    def badness(self) -> int:
        """Rank from best (0) to worst; a group takes its worst partition."""
        return list(Status).index(self)


class LossBy(StrEnum):
    """Which retention a loss is foreseen by; ABOUT_SIZE where a log's size is estimated."""

    TIME = "time"
    SIZE = "size"
    ABOUT_SIZE = "about_size"


class ReadingFlag(IntFlag):
    """Why a partition's reading is odd or missing. Stored per partition beside each commit."""

    NORMAL = 0
    NO_COMMIT = 1
    LOST = 2
    TRUNCATED = 4
    UNREADABLE = 8
    TRANSACTION_OPEN = 16
    TRANSACTION_HUNG = 32
    FORBIDDEN = 64
    LEADERLESS = 128


# A group in one of these has no members; one of `assign()` consumers is always in one.
MEMBERLESS_STATES = frozenset({"Empty", "Dead"})


@dataclass(frozen=True, slots=True)
class CommitSample:
    """One entry of a partition's window; `lag` in records at that moment, null when unknown."""

    offset: int
    timestamp_ms: int
    lag: int | None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks for something: an account's name and id (null: none here), and the way it came.

    `via` is `admin`, `page`, `api`, `cli` or `worker`.
    """

    name: str
    id: int | None
    via: str
