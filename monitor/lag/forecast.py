"""What comes if all goes on as it did: when lag is gone, when records are. Pure.

Kafka deletes whole segments, once their newest record is older than retention.ms; so each loss is
foreseen at the earliest. Timestamps are those of `monitor.lag.timelines`; under CreateTime what
counts for Kafka is the producers' clock.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

Int64s = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

# Of how many offsets of a backlog to ask the time: the consumer's first miss is one of them.
LOOKS = 8

# Rows and offsets in, seconds since each of these records was appended out; NaN unknown.
AgesOf = Callable[[Int64s, Int64s], Floats]


@dataclass(frozen=True, slots=True)
class Drain:
    """Seconds until lag is gone; None: not known, or, with `is_never`, never at these rates."""

    seconds: float | None
    is_never: bool


@dataclass(frozen=True, slots=True)
class Backlog:
    """Each row's unread records. `age_seconds` is the oldest's, `consumed` records per second.

    `retention_ms` is below zero where nothing is deleted for its age, or it is not known.
    """

    committed: Int64s
    lag: Int64s
    age_seconds: Floats
    consumed: Floats
    retention_ms: Int64s


def loss_seconds(backlog: Backlog, ages_of: AgesOf) -> Floats:
    """Until retention may delete the first record that its group reaches too late, per row.

    NaN where there is none, or it is not known; 0 where it may be gone any moment.
    """
    keeps_seconds = np.where(backlog.retention_ms >= 0, backlog.retention_ms / 1000, np.nan)
    oldest_expires = keeps_seconds - backlog.age_seconds
    found = np.full(len(backlog.lag), np.nan)
    is_waiting = (backlog.lag > 0) & ~np.isnan(oldest_expires)
    stands = is_waiting & (backlog.consumed == 0)
    found[stands] = oldest_expires[stands]
    moves = is_waiting & (backlog.consumed > 0)
    # Nothing expires before the oldest does: who has read all by then loses nothing.
    late = np.flatnonzero(moves)
    late = late[backlog.lag[late] > oldest_expires[late] * backlog.consumed[late]]
    for look in range(1, LOOKS + 1):
        ahead = np.maximum(backlog.lag[late] - 1, 0) * look // LOOKS
        expires = keeps_seconds[late] - ages_of(late, backlog.committed[late] + ahead)
        is_missed = ahead > expires * backlog.consumed[late]
        found[late] = np.fmin(found[late], np.where(is_missed, expires, np.nan))
    np.maximum(found, 0.0, out=found)
    return found


class HasRates(Protocol):
    """A group's rates, of the last minute and of the last 15."""

    @property
    def produced_per_second(self) -> float | None: ...
    @property
    def consumed_per_second(self) -> float | None: ...
    @property
    def produced_per_second_15m(self) -> float | None: ...
    @property
    def consumed_per_second_15m(self) -> float | None: ...


class Flow(NamedTuple):
    """Records per second, in and out."""

    produced: float | None
    consumed: float | None


def flow_of(group: HasRates) -> Flow:
    """The rates that forecasts go by: the minute's, or the 15 minutes' if it saw no commit move.

    Who commits every three minutes stands still in two minutes of three, yet does not stand.
    """
    if not group.consumed_per_second and group.consumed_per_second_15m is not None:
        return Flow(group.produced_per_second_15m, group.consumed_per_second_15m)
    return Flow(group.produced_per_second, group.consumed_per_second)


def paced(minute: Floats, quarter: Floats) -> Floats:
    """`flow_of` for what each row consumes."""
    return np.where((minute > 0) | np.isnan(quarter), minute, quarter)


def drain(lag: float | None, produced: float | None, consumed: float | None) -> Drain:
    """What comes of a lag, or of what waits in an outbox, at these rates, in records per second."""
    if lag == 0:
        return Drain(0.0, is_never=False)
    if lag is None or produced is None or consumed is None:
        return Drain(None, is_never=False)
    if consumed <= produced:
        return Drain(None, is_never=True)
    return Drain(round(lag / (consumed - produced), 3), is_never=False)
