"""Open samples as columns: one row of the database's answer per subject, however many samples.

Each query also takes the last sample of the hour before its range, so that the first one knows
what moved since.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from monitor.errors import SealError
from monitor.series.arrays import columns_cursor, unpacked
from monitor.series.moments import microseconds, moment
from monitor.series.samples import (
    STATUSES,
    BacklogSamples,
    Columns,
    HeadSamples,
    LagSamples,
    Totals,
    cut,
    ends_at,
    moves,
)

# A sample's predecessor is an interval before it, which is an hour at most.
_BEFORE = timedelta(hours=1)

# When some groups in a topic were last sampled before a range, by the primary key.
_LAST_MOMENTS = """
    SELECT array_agg(DISTINCT moment)
    FROM unnest(%(ids)s::bigint[]) AS asked(id) CROSS JOIN LATERAL (
        SELECT max(sampled_at) AS moment FROM monitor_lag_sample
        WHERE group_topic_id = id AND sampled_at >= %(before)s AND sampled_at < %(start)s
    ) AS last WHERE moment IS NOT NULL
"""

# Heads of some topics in a range and at moments before it, by the primary key; a row per topic and
# shard. What a subquery has sorted is aggregated in that order.
_HEADS = """
    WITH sample AS (
        SELECT * FROM monitor_head_sample
        WHERE topic_id = ANY(%(ids)s) AND sampled_at >= %(start)s AND sampled_at < %(end)s
        UNION ALL
        SELECT * FROM monitor_head_sample
        WHERE topic_id = ANY(%(ids)s) AND sampled_at = ANY(%(moments)s)
    )
    SELECT topic_id, shard, array_agg(sampled_at),
           string_agg(array_send(array_replace(log_start, NULL, -1)), ''),
           string_agg(array_send(array_replace(log_end, NULL, -1)), ''),
           string_agg(array_send(array_replace(stable_end, NULL, -1)), '')
    FROM (SELECT * FROM sample ORDER BY topic_id, shard, sampled_at) AS sorted
    GROUP BY topic_id, shard
"""

# Commits and totals of some groups in a topic in a range, and the last before it, by the primary
# key; a row per group and topic. Two shards may both sample a group when their number changes.
_LAGS = """
    WITH sample AS (
        SELECT * FROM monitor_lag_sample
        WHERE group_topic_id = ANY(%(ids)s) AND sampled_at >= %(start)s AND sampled_at < %(end)s
        UNION ALL
        SELECT before.* FROM unnest(%(ids)s::bigint[]) AS asked(id) CROSS JOIN LATERAL (
            SELECT * FROM monitor_lag_sample
            WHERE group_topic_id = id AND sampled_at >= %(before)s AND sampled_at < %(start)s
            ORDER BY sampled_at DESC LIMIT 1
        ) AS before
    )
    SELECT group_topic_id, array_agg(sampled_at),
           string_agg(array_send(array_replace(committed, NULL, -1)), ''),
           string_agg(array_send(flags), ''),
           array_agg(coalesce(lag, -1)), array_agg(coalesce(lag_max, -1)),
           array_agg(unknown_partitions::bigint), array_agg(coalesce(members, -1)::bigint),
           array_agg(coalesce(time_lag_seconds, 'NaN')),
           array_agg(coalesce(array_position(%(statuses)s::text[], status), 0)::bigint)
    FROM (
        SELECT DISTINCT ON (group_topic_id, sampled_at) *
        FROM sample ORDER BY group_topic_id, sampled_at, shard
    ) AS sorted
    GROUP BY group_topic_id
"""

# Samples of some outboxes in a range, by the primary key; a row per outbox.
_BACKLOGS = """
    SELECT source_id, array_agg(sampled_at), array_agg(coalesce(depth, -1)),
           array_agg(depth_is_exact::int::bigint), array_agg(coalesce(failed, -1)),
           array_agg(coalesce(dead_tuples, -1)), array_agg(coalesce(oldest_age_seconds, 'NaN')),
           array_agg(coalesce(inserted_per_second, 'NaN')),
           array_agg(coalesce(published_per_second, 'NaN'))
    FROM (
        SELECT * FROM monitor_backlog_sample
        WHERE source_id = ANY(%(ids)s) AND sampled_at >= %(start)s AND sampled_at < %(end)s
        ORDER BY source_id, sampled_at
    ) AS sorted
    GROUP BY source_id
"""


def read_heads(
    topic_ids: Sequence[int], read_ids: Sequence[int], start: datetime, end: datetime
) -> dict[int, dict[int, HeadSamples]]:
    """By topic and shard, with what the reads' first samples need from before the range."""
    [(moments,)] = _ask(_LAST_MOMENTS, read_ids, start, end)
    heads: dict[int, dict[int, HeadSamples]] = defaultdict(dict)
    asked = {"moments": [] if moments is None else [moment(one) for one in moments.tolist()]}
    for topic_id, shard, times, *packed in _ask(_HEADS, topic_ids, start, end, **asked):
        edges = (Columns(*unpacked(one, len(times), ">i8")) for one in packed)
        heads[topic_id][shard] = HeadSamples(times, *edges)
    return heads


def read_lags(
    topic_of_read: Mapping[int, int],
    heads: Mapping[int, Mapping[int, HeadSamples]],
    start: datetime,
    end: datetime,
) -> dict[int, LagSamples]:
    """By group and topic (`topic_of_read`), with what moved by the heads of the same range.

    Raises SealError for a status that this version does not know.
    """
    asked = {"statuses": list(STATUSES)}
    return {
        read: _lag_samples(row, list(heads.get(topic_of_read[read], {}).values()), start)
        for read, *row in _ask(_LAGS, list(topic_of_read), start, end, **asked)
    }


def read_totals(
    topic_of_read: Mapping[int, int], start: datetime, end: datetime
) -> dict[int, Totals]:
    """By group and topic; what charts need of open samples."""
    heads = read_heads(sorted(set(topic_of_read.values())), list(topic_of_read), start, end)
    lags = read_lags(topic_of_read, heads, start, end)
    return {read: samples.totals for read, samples in lags.items()}


def read_backlogs(
    source_ids: Sequence[int], start: datetime, end: datetime
) -> dict[int, BacklogSamples]:
    rows = _ask(_BACKLOGS, source_ids, start, end)
    return {source: BacklogSamples(*columns) for source, *columns in rows}


def _ask(
    query: str, ids: Sequence[int], start: datetime, end: datetime, **more: Any
) -> list[tuple[Any, ...]]:
    asked = {"ids": list(ids), "start": start, "end": end, "before": start - _BEFORE, **more}
    with columns_cursor() as cursor:
        return cursor.execute(query, asked).fetchall()


def _lag_samples(row: Sequence[Any], heads: Sequence[HeadSamples], start: datetime) -> LagSamples:
    times, committed, flags, lag, lag_max, unknown, members, time_lag, places = row
    if (places == 0).any():
        raise SealError(
            "An open sample has a status that this Highwater does not know; "
            "upgrade to the version that wrote it."
        )
    commits = Columns(*unpacked(committed, len(times), ">i8"))
    consumed, produced = moves(commits.values, ends_at(times, heads))
    totals = Totals(times, lag, lag_max, unknown, members, consumed, produced, time_lag, places - 1)
    kept = int(np.searchsorted(times, microseconds(start)))
    return LagSamples(
        cut(totals, microseconds(start), np.iinfo(np.int64).max),
        _from(commits, kept),
        _from(Columns(*unpacked(flags, len(times), ">i2")), kept),
    )


def heads_from(heads: HeadSamples, start: datetime) -> HeadSamples:
    """Without what lies before the range."""
    kept = int(np.searchsorted(heads.times, microseconds(start)))
    edges = (_from(one, kept) for one in (heads.log_start, heads.log_end, heads.stable_end))
    return HeadSamples(heads.times[kept:], *edges)


def _from(columns: Columns, first: int) -> Columns:
    return Columns(columns.values[first:], columns.widths[first:])
