"""What comes if all goes on as it did: when lag is gone, when records are. Pure.

Kafka deletes whole segments, once their newest record is older than retention.ms, or the log holds
retention.bytes without them; so each loss is foreseen at the earliest. Timestamps are those of
`monitor.lag.timelines`; under CreateTime what counts for Kafka is the producers' clock.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from monitor.values import MEMBERLESS_STATES

Int8s = npt.NDArray[np.int8]
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


class Flows(NamedTuple):
    """Records per second of each row's log, and of what its group reads of it; NaN unknown."""

    produced: Floats
    consumed: Floats


@dataclass(frozen=True, slots=True)
class Backlog:
    """Each row's unread records. `age_seconds` is the oldest's.

    `retention_ms` is below zero where nothing is deleted for its age, or it is not known.
    """

    committed: Int64s
    lag: Int64s
    age_seconds: Floats
    flows: Flows
    retention_ms: Int64s


def loss_seconds(backlog: Backlog, ages_of: AgesOf) -> Floats:
    """Until retention.ms may delete the first record that its group reaches too late, per row.

    NaN where there is none, or it is not known; 0 where it may be gone any moment.
    """
    consumed = backlog.flows.consumed
    keeps_seconds = np.where(backlog.retention_ms >= 0, backlog.retention_ms / 1000, np.nan)
    oldest_expires = keeps_seconds - backlog.age_seconds
    found = np.full(len(backlog.lag), np.nan)
    is_waiting = (backlog.lag > 0) & ~np.isnan(oldest_expires)
    stands = is_waiting & (consumed == 0)
    found[stands] = oldest_expires[stands]
    moves = is_waiting & (consumed > 0)
    # Nothing expires before the oldest does: who has read all by then loses nothing.
    late = np.flatnonzero(moves)
    late = late[backlog.lag[late] > oldest_expires[late] * consumed[late]]
    for look in range(1, LOOKS + 1):
        ahead = np.maximum(backlog.lag[late] - 1, 0) * look // LOOKS
        expires = keeps_seconds[late] - ages_of(late, backlog.committed[late] + ahead)
        is_missed = ahead > expires * consumed[late]
        found[late] = np.fmin(found[late], np.where(is_missed, expires, np.nan))
    np.maximum(found, 0.0, out=found)
    return found


def size_loss_seconds(lag: Int64s, flows: Flows, kept_records: Floats) -> Floats:
    """Until retention.bytes may delete the first record that its group reaches too late, per row.

    NaN where there is none, or it is not known; 0 where it may be gone any moment. `kept_records`
    is how many records fit into retention.bytes; NaN where that is not known.

    Kafka deletes the oldest segment as long as the log without it is not smaller than
    retention.bytes (`deleteRetentionSizeBreachedSegments` in Kafka's `UnifiedLog`, each
    log.retention.check.interval.ms). So a record is safe while what follows it is smaller than
    retention.bytes. Who stands `lag` records before the end is overtaken once its lag is as large
    as what is kept: at these rates after (kept - lag) / (produced - consumed), never if it keeps
    up. That is the earliest, for segments go whole: what shares one with a record that is safe is
    safe too, and the active one is part of the log's size. A lag above what is kept is there by
    luck, and goes with the next segment that is full; a log that does not grow deletes nothing.
    """
    found = np.full(len(lag), np.nan)
    is_growing = (lag > 0) & (flows.produced > 0) & ~np.isnan(flows.consumed)
    spare, closing = kept_records - lag, flows.produced - flows.consumed
    found[is_growing & (spare <= 0)] = 0.0
    meets = np.flatnonzero(is_growing & (spare > 0) & (closing > 0))
    found[meets] = spare[meets] / closing[meets]
    return found


class HasRates(Protocol):
    """A group's rates, of the last minute and of the last 15, and its state as listed."""

    @property
    def state(self) -> str: ...
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

    Who commits every three minutes stands still in two minutes of three, yet does not stand. Where
    nobody is left to commit, the minute's hold: that the group goes on is what is least likely.
    """
    is_still = not group.consumed_per_second and group.state not in MEMBERLESS_STATES
    if is_still and group.consumed_per_second_15m is not None:
        return Flow(group.produced_per_second_15m, group.consumed_per_second_15m)
    return Flow(group.produced_per_second, group.consumed_per_second)


def paced(minute: Flows, quarter: Flows, has_members: Int8s) -> Flows:
    """`flow_of` for each row; `has_members` is 1, 0, or -1 for unknown."""
    is_minute = (minute.consumed > 0) | np.isnan(quarter.consumed) | (has_members == 0)
    return Flows(
        np.where(is_minute, minute.produced, quarter.produced),
        np.where(is_minute, minute.consumed, quarter.consumed),
    )


def drain(lag: float | None, produced: float | None, consumed: float | None) -> Drain:
    """What comes of a lag, or of what waits in an outbox, at these rates, in records per second."""
    if lag == 0:
        return Drain(0.0, is_never=False)
    if lag is None or produced is None or consumed is None:
        return Drain(None, is_never=False)
    if consumed <= produced:
        return Drain(None, is_never=True)
    return Drain(round(lag / (consumed - produced), 3), is_never=False)
