"""From partitions to group topics and groups: sums, worsts and facts, as columns. Pure."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from monitor.kafka.codes import in_words
from monitor.lag.evidence import NOT_FORESEEN
from monitor.lag.reason import Facts
from monitor.lag.windows import UNKNOWN_STATUS, Int8s, Int64s
from monitor.values import LossBy, ReadingFlag, Status

Floats = npt.NDArray[np.float64]
Int16s = npt.NDArray[np.int16]
Bools = npt.NDArray[np.bool_]

UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class Judged:
    """Each row judged. Below zero, or NaN, means unknown; `status` is a badness.

    `code` is why a commit or a log end could not be read; `samples` and `grew` come from the row's
    window; `consumed` and `produced` are records per second of the last minute, or of the last 15;
    `is_behind` says whose lag is above what is allowed. `time_lag_method` is a place in `METHODS`.
    `lost` counts the records before `lost_to` that are lost, 0 where they are no more than allowed;
    `loss_seconds` as in `monitor.lag.judge`, `loss_by` as in `Losses`; `held_back_ms` is
    the usual wait of a row that the guard holds back.
    """

    lag: Int64s
    flags: Int16s
    status: Int8s
    time_lag_seconds: Floats
    time_lag_method: Int8s
    code: Int16s
    samples: Int64s
    grew: Bools
    consumed: Floats
    produced: Floats
    consumed_15m: Floats
    produced_15m: Floats
    is_behind: Bools
    lost: Int64s
    lost_to: Int64s
    loss_seconds: Floats
    loss_by: Int8s
    held_back_ms: Int64s


@dataclass(frozen=True, slots=True)
class Totals:
    """Per subject. `lag` sums what is known, so it is "at least" with `unknown` above zero."""

    partitions: Int64s
    unknown: Int64s
    lag: Int64s
    lag_max: Int64s
    time_lag_seconds: Floats
    status: Int8s
    consumed: Floats
    produced: Floats
    consumed_15m: Floats
    produced_15m: Floats
    lost: Int64s
    loss_seconds: Floats
    loss_by: Int8s


def totals(owner: Int64s, subjects: int, rows: Judged) -> Totals:
    """Add rows up by `owner`, the index of each row's subject."""
    known = rows.lag >= 0
    partitions = np.bincount(owner, minlength=subjects)
    known_partitions = np.bincount(owner[known], minlength=subjects)
    lag_max = _zeros(subjects)
    np.maximum.at(lag_max, owner[known], rows.lag[known])
    status = np.where(partitions == 0, UNKNOWN_STATUS, 0).astype(np.int8)
    np.maximum.at(status, owner, rows.status)
    loss_seconds, loss_by = _soonest(owner, subjects, rows.loss_seconds, rows.loss_by)
    return Totals(
        partitions=partitions,
        unknown=partitions - known_partitions,
        lag=_sum_of_known(owner, subjects, rows.lag),
        lag_max=np.where(known_partitions > 0, lag_max, UNKNOWN),
        time_lag_seconds=_worst(owner, subjects, rows.time_lag_seconds),
        status=status,
        consumed=_sum(owner, subjects, rows.consumed),
        produced=_sum(owner, subjects, rows.produced),
        consumed_15m=_sum(owner, subjects, rows.consumed_15m),
        produced_15m=_sum(owner, subjects, rows.produced_15m),
        lost=_lost(owner, subjects, rows),
        loss_seconds=loss_seconds,
        loss_by=loss_by,
    )


def facts(
    owner: Int64s, groups: Totals, rows: Judged, group_codes: Int16s, unused_ms: Int64s
) -> list[Facts]:
    """What each group's sentence needs."""
    count = len(groups.partitions)
    affected = rows.status == groups.status[owner]
    mine, of_these = owner[affected], rows.lag[affected]
    lag, lost, usual = _zeros(count), _zeros(count), _zeros(count)
    samples = np.full(count, np.iinfo(np.int64).max)
    np.add.at(lag, mine, np.maximum(of_these, 0))
    np.add.at(lost, mine, np.maximum(rows.lost[affected], 0))
    held_back = rows.held_back_ms[affected]
    np.maximum.at(usual, mine, held_back)
    loss_seconds, loss_by = _soonest(
        mine, count, rows.loss_seconds[affected], rows.loss_by[affected]
    )
    np.minimum.at(samples, mine, rows.samples[affected])
    grew = np.ones(count, dtype=np.bool_)
    np.logical_and.at(grew, mine, rows.grew[affected])
    codes = group_codes.copy()
    codes[owner[rows.code != 0]] = rows.code[rows.code != 0]
    columns = (
        groups.status,
        groups.partitions,
        np.bincount(mine, minlength=count),
        lag,
        samples,
        grew,
        _count(mine, count, rows.flags[affected] & ReadingFlag.UNREADABLE),
        _count(mine, count, rows.flags[affected] & ReadingFlag.NO_COMMIT),
        np.bincount(mine[rows.is_behind[affected]], minlength=count),
        lost,
        loss_seconds,
        _LOSSES[loss_by],
        np.bincount(mine[held_back >= 0], minlength=count),
        usual,
        unused_ms,
        codes,
    )
    return [_facts(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


_STATUSES = list(Status)
_LOSSES = np.array([*LossBy, None], dtype=object)  # the last for `NOT_FORESEEN`


def _facts(status: int, *numbers: Any) -> Facts:
    """The columns' order is that of the fields."""
    *others, code = numbers
    fields = [_STATUSES[status], *others, in_words(code) if code else ""]
    return Facts(*fields)


def _zeros(count: int) -> Int64s:
    return np.zeros(count, dtype=np.int64)


def _count(owner: Int64s, subjects: int, marks: Int16s) -> Int64s:
    return np.bincount(owner[marks != 0], minlength=subjects)


def _sum(owner: Int64s, subjects: int, values: Floats) -> Floats:
    known = ~np.isnan(values)
    sums = np.bincount(owner[known], weights=values[known], minlength=subjects)
    return np.where(np.bincount(owner[known], minlength=subjects) > 0, sums, np.nan)


def _lost(owner: Int64s, subjects: int, rows: Judged) -> Int64s:
    """0 only if it is known of all that have a commit: another one may have lost some."""
    lost = _sum_of_known(owner, subjects, rows.lost)
    is_unknown = (rows.lost < 0) & ((rows.flags & ReadingFlag.NO_COMMIT) == 0)
    has_unknown = np.bincount(owner[is_unknown], minlength=subjects) > 0
    return np.where((lost == 0) & has_unknown, UNKNOWN, lost)


def _sum_of_known(owner: Int64s, subjects: int, counts: Int64s) -> Int64s:
    """Unknown where nothing is known."""
    known, sums = counts >= 0, _zeros(subjects)
    np.add.at(sums, owner[known], counts[known])
    return np.where(np.bincount(owner[known], minlength=subjects) > 0, sums, UNKNOWN)


def _soonest(owner: Int64s, subjects: int, seconds: Floats, by: Int8s) -> tuple[Floats, Int8s]:
    """When the first comes of each subject's, and by what; of two at once, the greater place."""
    soonest, reason = np.full(subjects, np.nan), np.full(subjects, NOT_FORESEEN, dtype=np.int8)
    known = np.flatnonzero(~np.isnan(seconds))
    np.fmin.at(soonest, owner[known], seconds[known])
    first = known[seconds[known] == soonest[owner[known]]]
    np.maximum.at(reason, owner[first], by[first])
    return soonest, reason


def _worst(owner: Int64s, subjects: int, values: Floats) -> Floats:
    """The greatest known value; 0 only if none is unknown, for an unknown one may be worse."""
    worst = np.full(subjects, np.nan)
    np.fmax.at(worst, owner, values)
    has_unknown = np.bincount(owner[np.isnan(values)], minlength=subjects) > 0
    return np.where((worst == 0) & has_unknown, np.nan, worst)
