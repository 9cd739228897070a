"""Losses that operators have acknowledged, as ticks judge by them.

All that is stored of a cluster is read at each tick: it is a handful of rows, and so a restart, or
a worker that takes a shard over, knows the same as whoever was there before.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from django.db.models import F, Q

from monitor.kafka.ports import UNKNOWN, Int64s
from monitor.lag.rows import number_of, read_of
from monitor.lag.window_rules import Bools
from monitor.models import LossAcknowledgement


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """By what groups read: up to which offsets losses are acknowledged, and when they were.

    `offsets` are indexed by partition, below zero where none is.
    """

    offsets: Mapping[int, Int64s] = field(default_factory=dict)
    at: Mapping[int, datetime] = field(default_factory=dict)

    @classmethod
    def stored(cls, cluster_id: int) -> "Acknowledged":
        """Those of the logs that the cluster's topics have now, and not of ones before."""
        # Empty where the broker told no ids then.
        is_same = Q(kafka_topic_id="") | Q(kafka_topic_id=F("group_topic__topic__kafka_topic_id"))
        rows = LossAcknowledgement.objects.filter(
            is_same,
            group_topic__group__cluster_id=cluster_id,
            group_topic__group__gone_at=None,
            group_topic__gone_at=None,
        )
        columns = rows.values_list("group_topic_id", "offsets", "acknowledged_at")
        found = [(pk, _column(offsets), at) for pk, offsets, at in columns]
        return cls({pk: one for pk, one, _ in found}, {pk: at for pk, _, at in found})

    def of(self, keys: Int64s, log_end: Int64s) -> Int64s:
        """The offset of each row, below zero where nothing is acknowledged; `keys` rise.

        Nothing is of a log that ends before the offset: it is another one than was lost from.
        """
        column = np.full(len(keys), UNKNOWN, dtype=np.int64)
        for _, rows, offsets in self._rows(keys):
            column[rows] = np.where(_is_another(log_end[rows], offsets), UNKNOWN, offsets)
        return column

    def outlived(self, keys: Int64s, committed: Int64s, log_end: Int64s) -> list[int]:
        """What has committed past all that was acknowledged of it; an unknown commit has not.

        And what all ends before its offsets: of another log by now, where no topic ids are told.
        """
        return [
            read
            for read, rows, offsets in self._rows(keys)
            if len(rows)
            and ((committed[rows] >= offsets).all() or _is_another(log_end[rows], offsets).all())
        ]

    def _rows(self, keys: Int64s) -> Iterator[tuple[int, Int64s, Int64s]]:
        """Of each read the rows with an offset, and these."""
        reads = read_of(keys) if self.offsets else keys
        for read, offsets in self.offsets.items():
            first, last = np.searchsorted(reads, [read, read + 1])
            number = number_of(keys[first:last])
            known = np.append(offsets, UNKNOWN)[np.minimum(number, len(offsets))]
            has_one = known >= 0
            yield read, first + np.flatnonzero(has_one), known[has_one]


def drop_outlived(
    acknowledged: Acknowledged, keys: Int64s, committed: Int64s, log_end: Int64s
) -> None:
    """Inside the caller's transaction. What was acknowledged anew meanwhile stays."""
    for read in sorted(acknowledged.outlived(keys, committed, log_end)):
        at = acknowledged.at[read]
        LossAcknowledgement.objects.filter(pk=read, acknowledged_at=at).delete()


def _is_another(log_end: Int64s, offsets: Int64s) -> Bools:
    return (log_end >= 0) & (log_end < offsets)


def _column(offsets: list[int | None]) -> Int64s:
    return np.array([UNKNOWN if one is None else one for one in offsets], dtype=np.int64)
