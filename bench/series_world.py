"""The database that `bench.series` measures: a catalogue, sealed history, and open hours.

Open ticks are stored and hours sealed by the product's own code. The long history of the groups
whose charts are drawn is too long for that: it is made of the same blocks and summaries, an hour at
a time, and goes into the same tables.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
from django.db import connection, transaction

from bench.series_traffic import (
    INTERVAL_SECONDS,
    PARTITIONS,
    TICKS_AN_HOUR,
    Int64s,
    Moment,
    Traffic,
)
from monitor.models import Cluster, Group, GroupTopic, Topic
from monitor.series import sealed_rows, summary
from monitor.series.blocks import encode
from monitor.series.moments import microseconds
from monitor.series.partitions import (
    HOUR,
    SUMMARIES,
    ensure_of,
    ensure_partitions,
    ensure_sealed_partitions,
)
from monitor.series.samples import (
    Columns,
    HeadSamples,
    LagSamples,
    Totals,
    commits_block,
    heads_block,
    moves,
    totals_block,
)
from monitor.series.sealed import mark_sealed
from monitor.series.store import HeadRows, LagRows, write_heads, write_lags

_WIDTHS = np.full(TICKS_AN_HOUR, PARTITIONS)
_RATE = 50.0  # records a second, for a made-up time lag


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Ids of topics, and of groups in their one topic."""

    groups: list[int]
    topics: Int64s
    reads: Int64s


def make_catalogue(groups: int, topics: int) -> Catalogue:
    long_ago = datetime.fromisoformat("2020-01-01T00:00:00Z")
    cluster = Cluster.objects.create(
        name="bench", bootstrap_servers="127.0.0.1:1", sample_interval_seconds=INTERVAL_SECONDS
    )
    some_topics = Topic.objects.bulk_create(
        Topic(cluster=cluster, name=f"t{n}", partition_count=PARTITIONS, first_seen_at=long_ago)
        for n in range(topics)
    )
    some_groups = Group.objects.bulk_create(
        Group(cluster=cluster, name=f"g{n}", status_since=long_ago, first_seen_at=long_ago)
        for n in range(groups)
    )
    reads = GroupTopic.objects.bulk_create(
        GroupTopic(group=group, topic=some_topics[n % topics])
        for n, group in enumerate(some_groups)
    )
    return Catalogue(
        [group.pk for group in some_groups],
        np.array([topic.pk for topic in some_topics]),
        np.array([read.pk for read in reads]),
    )


def store_ticks(traffic: Traffic, ids: Catalogue, start: datetime, count: int) -> None:
    """Store ticks as workers do, each in a transaction of its own."""
    ensure_partitions(start)
    for number, moment in enumerate(traffic.ticks(count)):
        at = start + timedelta(seconds=INTERVAL_SECONDS * number)
        store_tick(moment, traffic, ids, at)


def store_tick(moment: Moment, traffic: Traffic, ids: Catalogue, at: datetime) -> None:
    lag = moment.ends[traffic.topic_of] - moment.committed
    groups, ends = len(ids.reads), moment.ends.ravel()
    with transaction.atomic():
        starts = np.arange(len(ids.topics) + 1) * PARTITIONS
        write_heads(at, 0, HeadRows(ids.topics, starts, np.zeros_like(ends), ends, ends))
        write_lags(
            at,
            0,
            LagRows(
                group_topic_ids=ids.reads,
                starts=np.arange(groups + 1) * PARTITIONS,
                committed=moment.committed.ravel(),
                flags=np.zeros(groups * PARTITIONS, dtype=np.int16),
                lag=lag.sum(axis=1),
                lag_max=lag.max(axis=1),
                unknown_partitions=np.zeros(groups, dtype=np.int64),
                time_lag_seconds=lag.max(axis=1) / _RATE,
                statuses=["OK"] * groups,
                members=np.full(groups, 3),
            ),
        )


def seal_history(ids: Catalogue, start: datetime, hours: int) -> None:
    """Sealed hours of the catalogue's first groups and their topics."""
    traffic = Traffic(len(ids.topics), len(ids.reads), seed=2)
    before = next(traffic.ticks(1))
    for number in range(hours):
        hour = start + HOUR * number
        ensure_sealed_partitions(hour)
        ticks = list(traffic.ticks(TICKS_AN_HOUR))
        _seal_hour(ids, hour, traffic.topic_of, [before, *ticks])
        before = ticks[-1]


def repeat_summaries(ids: Catalogue, start: datetime, hours: int) -> None:
    """Old hours of which summaries alone are kept, each like the last sealed one."""
    table = sealed_rows.LAG_SUMMARIES
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT ON (group_topic_id) {', '.join(table.types)}"  # noqa: S608 # our own
            f" FROM {table.name} WHERE group_topic_id = ANY(%s)"
            " ORDER BY group_topic_id, hour DESC",
            [ids.reads.tolist()],
        )
        templates = cursor.fetchall()
    for moments in _by_month([start + HOUR * number for number in range(hours)]):
        ensure_of(SUMMARIES, [SUMMARIES.start_of(moments[0])])
        with transaction.atomic():
            for hour in moments:
                mark_sealed(hour, subjects=0, samples=0)
            rows = [_moved(row, hour) for hour in moments for row in templates]
            sealed_rows.write(table, rows)


def _seal_hour(ids: Catalogue, hour: datetime, topic_of: Int64s, ticks: list[Moment]) -> None:
    """`ticks` begin with the last one of the hour before."""
    times = microseconds(hour) + np.arange(TICKS_AN_HOUR) * INTERVAL_SECONDS * 1_000_000
    ends = np.stack([tick.ends for tick in ticks])
    committed = np.stack([tick.committed for tick in ticks])
    lags = {
        read: _lag_samples(times, committed[:, n], ends[:, topic_of[n]])
        for n, read in enumerate(ids.reads.tolist())
    }
    heads = {
        topic: encode(heads_block(_head_samples(times, ends[1:, n])))
        for n, topic in enumerate(ids.topics.tolist())
    }
    with transaction.atomic():
        sealed_rows.write(
            sealed_rows.HEAD_BLOCKS, [(hour, topic, 0, edges) for topic, edges in heads.items()]
        )
        sealed_rows.write(
            sealed_rows.LAG_BLOCKS,
            [
                (hour, read, encode(totals_block(one.totals)), encode(commits_block(one)))
                for read, one in lags.items()
            ],
        )
        sealed_rows.write(
            sealed_rows.LAG_SUMMARIES,
            [
                sealed_rows.lag_row(hour, read, summary.of_lag(one.totals, INTERVAL_SECONDS))
                for read, one in lags.items()
            ],
        )
        sampled = summary.sampling(times, INTERVAL_SECONDS)
        sealed_rows.write(
            sealed_rows.HEAD_SUMMARIES,
            [sealed_rows.head_row(hour, topic, sampled, None) for topic in heads],
        )
        subjects = len(lags) + len(heads)
        mark_sealed(hour, subjects=subjects, samples=subjects * TICKS_AN_HOUR)


def _head_samples(times: Int64s, ends: Int64s) -> HeadSamples:
    edges = Columns(ends, _WIDTHS)
    return HeadSamples(times, Columns(np.zeros_like(ends), _WIDTHS), edges, edges)


def _lag_samples(times: Int64s, committed: Int64s, ends: Int64s) -> LagSamples:
    lag = (ends - committed)[1:]
    consumed, produced = moves(committed, ends)
    totals = Totals(
        times=times,
        lag=lag.sum(axis=1),
        lag_max=lag.max(axis=1),
        unknown_partitions=np.zeros(len(times), dtype=np.int64),
        members=np.full(len(times), 3),
        consumed=consumed[1:],
        produced=produced[1:],
        time_lag_seconds=lag.max(axis=1) / _RATE,
        badness=np.zeros(len(times), dtype=np.int64),
    )
    flags = Columns(np.zeros_like(lag), _WIDTHS)
    return LagSamples(totals, Columns(committed[1:], _WIDTHS), flags)


def first_of(ids: Catalogue, count: int) -> Catalogue:
    """The first groups, and the topics that they read."""
    return replace(
        ids, groups=ids.groups[:count], topics=ids.topics[:count], reads=ids.reads[:count]
    )


def _moved(row: sealed_rows.Row, hour: datetime) -> sealed_rows.Row:
    """A summary of another hour, its first and last sample moved along."""
    by = hour - row[0]
    cells = dict(zip(sealed_rows.LAG_SUMMARIES.types, row, strict=True))
    cells.update(hour=hour, first_at=cells["first_at"] + by, last_at=cells["last_at"] + by)
    cells["status_seconds"] = {"OK": 3600}
    return tuple(cells.values())


def _by_month(hours: list[datetime]) -> Iterator[list[datetime]]:
    months: dict[datetime, list[datetime]] = {}
    for hour in hours:
        months.setdefault(SUMMARIES.start_of(hour), []).append(hour)
    yield from months.values()
