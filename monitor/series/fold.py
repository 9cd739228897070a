"""Folding one hour's open samples into blocks and summaries, inside the caller's transaction.

Topics and their readers go in shares of bounded size. Every block is read back, decoded and
compared with what was read from the open rows. Raises SealError or BlockError if anything differs.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from django.db import connection

from monitor.errors import SealError
from monitor.models import Cluster, GroupTopic, OutboxSource, Topic
from monitor.series import interval, open_rows, sealed_rows, summary
from monitor.series.blocks import Block, decode, encode, is_same
from monitor.series.clusters import slot_rates
from monitor.series.moments import microseconds
from monitor.series.partitions import HOUR
from monitor.series.rates import forward_moves, known_sum
from monitor.series.samples import (
    HeadSamples,
    LagSamples,
    backlog_block,
    commits_block,
    ends_at,
    heads_block,
    totals_block,
)

# Of an hour at an interval of 10 s, a thousand partitions are some 10 MB.
PARTITIONS_A_SHARE = 1000


@dataclass(slots=True)
class Folded:
    """What an hour came to: rows of blocks, and open rows by the tables that they came from."""

    subjects: int = 0
    samples: dict[str, int] = field(default_factory=dict)

    def add(self, table: str, samples: Sequence[int]) -> None:
        self.subjects += len(samples)
        self.samples[table] = self.samples.get(table, 0) + sum(samples)


def fold(hour: datetime) -> Folded:
    """Store everything that the hour's open rows hold of the present catalogue."""
    folded = Folded()
    intervals = {
        cluster.pk: int(interval.over(cluster, hour, hour + HOUR).most)
        for cluster in Cluster.objects.select_related("state")
    }
    topics = Topic.objects.order_by("pk").values_list("pk", "cluster_id", "partition_count")
    for share in _shares([((pk, cluster), count or 1) for pk, cluster, count in topics]):
        _fold_topics(hour, {pk: intervals.get(cluster, 0) for pk, cluster in share}, folded)
    _fold_backlogs(hour, folded)
    _fold_clusters(hour, intervals)
    return folded


def _fold_topics(hour: datetime, intervals: Mapping[int, int], folded: Folded) -> None:
    """Some topics' heads, and their readers' commits."""
    reads = dict(GroupTopic.objects.filter(topic__in=intervals).values_list("pk", "topic_id"))
    heads = open_rows.read_heads(list(intervals), list(reads), hour, hour + HOUR)
    own = {
        (topic, shard): kept
        for topic, shards in heads.items()
        for shard, one in shards.items()
        if len((kept := open_rows.heads_from(one, hour)).times)
    }
    rows = [(hour, *key, heads_block(one)) for key, one in own.items()]
    _store_blocks(sealed_rows.HEAD_BLOCKS, rows, keys=3)
    sealed_rows.write(
        sealed_rows.HEAD_SUMMARIES,
        [
            _head_summary(hour, topic, list(heads[topic].values()), intervals[topic])
            for topic in {topic for topic, _ in own}
        ],
    )
    folded.add("monitor_head_sample", [len(one.times) for one in own.values()])
    widths = {
        topic: max(one.log_end.values.shape[1] for one in shards.values())
        for topic, shards in heads.items()
    }
    for share in _shares([(read, widths.get(topic, 1)) for read, topic in reads.items()]):
        lags = open_rows.read_lags({read: reads[read] for read in share}, heads, hour, hour + HOUR)
        _store_lags(hour, lags, {read: intervals[reads[read]] for read in share}, folded)


def _store_lags(
    hour: datetime, lags: Mapping[int, LagSamples], intervals: Mapping[int, int], folded: Folded
) -> None:
    own = {read: samples for read, samples in lags.items() if len(samples.totals.times)}
    _store_blocks(
        sealed_rows.LAG_BLOCKS,
        [
            (hour, read, totals_block(samples.totals), commits_block(samples))
            for read, samples in own.items()
        ],
        keys=2,
    )
    sealed_rows.write(
        sealed_rows.LAG_SUMMARIES,
        [
            sealed_rows.lag_row(hour, read, summary.of_lag(samples.totals, intervals[read]))
            for read, samples in own.items()
        ],
    )
    folded.add("monitor_lag_sample", [len(samples.totals.times) for samples in own.values()])


def _head_summary(
    hour: datetime, topic_id: int, heads: Sequence[HeadSamples], interval_seconds: int
) -> sealed_rows.Row:
    times = np.unique(np.concatenate([one.times for one in heads]))
    first = int(np.searchsorted(times, microseconds(hour)))
    ends = ends_at(times[max(first - 1, 0) :], heads)
    produced = int(known_sum(forward_moves(ends), axis=0))
    return sealed_rows.head_row(
        hour,
        topic_id,
        summary.sampling(times[first:], interval_seconds),
        produced if produced >= 0 else None,
    )


def _fold_backlogs(hour: datetime, folded: Folded) -> None:
    sources = {source.pk: source for source in OutboxSource.objects.all()}
    found = open_rows.read_backlogs(list(sources), hour, hour + HOUR)
    _store_blocks(
        sealed_rows.BACKLOG_BLOCKS,
        [(hour, source, backlog_block(samples)) for source, samples in found.items()],
        keys=2,
    )
    sealed_rows.write(
        sealed_rows.BACKLOG_SUMMARIES,
        [
            sealed_rows.backlog_row(
                hour,
                source,
                summary.of_backlog(samples, int(interval.of(sources[source]).total_seconds())),
            )
            for source, samples in found.items()
        ],
    )
    folded.add("monitor_backlog_sample", [len(samples.times) for samples in found.values()])


def _fold_clusters(hour: datetime, intervals: Mapping[int, int]) -> None:
    """A cluster's traffic, from its ticks; those stay for as long as charts read them."""
    rows = []
    for cluster, interval_seconds in intervals.items():
        found = slot_rates(cluster, hour, hour + HOUR)
        if found:
            moments, produced, consumed = zip(*found, strict=True)
            times = np.unique(np.array([microseconds(moment) for moment in moments]))
            sampled = summary.sampling(times, interval_seconds)
            means = (summary.mean(np.array(rates, dtype=float)) for rates in (produced, consumed))
            rows.append(sealed_rows.cluster_row(hour, cluster, sampled, *means))
    sealed_rows.write(sealed_rows.CLUSTER_SUMMARIES, rows)


def _store_blocks(table: sealed_rows.Table, rows: Sequence[tuple[Any, ...]], *, keys: int) -> None:
    """Store rows of some keys, then blocks; read them back and compare."""
    if not rows:
        return
    sealed_rows.write(table, [(*row[:keys], *map(encode, row[keys:])) for row in rows])
    wanted = {row[1:keys]: row[keys:] for row in rows}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(list(table.types)[1:])} FROM {table.name}"  # noqa: S608 # our own names
            f" WHERE hour = %s AND {table.subject} = ANY(%s)",
            [rows[0][0], [row[1] for row in rows]],
        )
        stored = {cells[: keys - 1]: cells[keys - 1 :] for cells in cursor.fetchall()}
    for key, blocks in wanted.items():
        _compare(table.name, key, blocks, stored.get(key, ()))


def _compare(
    table: str, key: tuple[int, ...], blocks: Sequence[Block], stored: Sequence[bytes]
) -> None:
    if len(stored) != len(blocks) or not all(map(is_same, blocks, map(decode, stored))):
        raise SealError(f"{table} did not keep {key} as it was; its open rows stay.")


def _shares(weighed: Sequence[tuple[Any, int]]) -> Iterator[list[Any]]:
    """Cut into runs of at most so many partitions, of one thing at least."""
    share: list[Any] = []
    weight = 0
    for thing, partitions in weighed:
        if share and weight + partitions > PARTITIONS_A_SHARE:
            yield share
            share, weight = [], 0
        share.append(thing)
        weight += partitions
    if share:
        yield share
