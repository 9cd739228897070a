"""A group's stored reading of a topic as tests name it: a list per fact, by partition."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from monitor.models import GroupTopic
from monitor.partition_records import METHODS, NOT_READ, Columns, packed, unpacked
from monitor.values import ReadingFlag, Status


@dataclass(frozen=True)
class Reading:
    committed: list[int | None]
    log_start: list[int | None]
    log_end: list[int | None]
    stable_end: list[int | None]
    flags: list[ReadingFlag]
    statuses: list[Status | None]
    time_lag_seconds: list[float | None]
    time_lag_methods: list[str | None]
    gone_at: datetime | None


def reading_of(row: GroupTopic) -> Reading:
    records = unpacked(row.partitions)
    return Reading(
        committed=[one.committed for one in records],
        log_start=row.topic.log_start,
        log_end=row.topic.log_end,
        stable_end=row.topic.stable_end,
        flags=[one.flags for one in records],
        statuses=[one.status for one in records],
        time_lag_seconds=[one.time_lag_seconds for one in records],
        time_lag_methods=[one.time_lag_method for one in records],
        gone_at=row.gone_at,
    )


def stored(
    *,
    committed: Sequence[int | None],
    flags: Sequence[int],
    statuses: Sequence[str | None],
    time_lag_seconds: Sequence[float | None],
    time_lag_methods: Sequence[str | None],
    losses: Sequence[tuple[int, int] | None] | None = None,
) -> bytes:
    """Lists as the sampler packs them; `losses` are from where and up to where."""
    lost = [one or (-1, -1) for one in losses or [None] * len(committed)]
    badness = [NOT_READ if one is None else Status(one).badness for one in statuses]
    methods = [METHODS.index(one) for one in time_lag_methods]
    columns = Columns(
        committed=np.array(_filled(committed, -1), dtype=np.int64),
        time_lag_seconds=np.array(_filled(time_lag_seconds, np.nan), dtype=np.float64),
        flags=np.array(flags, dtype=np.int16),
        status=np.array(badness, dtype=np.int8),
        method=np.array(methods, dtype=np.int8),
        lost=np.array([lost_to - lost_from for lost_from, lost_to in lost], dtype=np.int64),
        lost_to=np.array([lost_to for _, lost_to in lost], dtype=np.int64),
    )
    return packed(columns, np.array([0, len(committed)]))[0]


def _filled(values: Sequence[Any], unknown: float) -> list[Any]:
    return [unknown if value is None else value for value in values]
