"""The relay's statements on the outbox table."""

import json
import uuid
from collections.abc import Sequence
from typing import Any

from django.db import connections

from highwater_events.envelope import TRACE_HEADERS, Event
from highwater_events.outbox.batch import PendingRow

# What one batch may hold in memory; a first row is always taken.
MAX_BATCH_BYTES = 16 * 1024 * 1024
PENDING_CAP = 100_000

# Keys that must wait: a refused row has its next attempt ahead, or a failed one blocks its key.
BLOCKED_KEYS = """
    SELECT aggregatetype, aggregateid FROM highwater_events_outbox
    WHERE retry_at > now() AND published_at IS NULL AND failed_at IS NULL
"""
POISONED_KEYS = """
    UNION SELECT aggregatetype, aggregateid FROM highwater_events_outbox
    WHERE failed_at IS NOT NULL AND published_at IS NULL
"""

# The head of one shard. One branch a shard lets Postgres merge them by the index on (shard,
# position + 0) and stop at the limit; NOT IN stays a filter where NOT EXISTS would become a join.
SHARD_HEAD = """
    (SELECT position + 0 AS place, octet_length(payload) AS bytes FROM highwater_events_outbox
     WHERE shard = %s AND published_at IS NULL AND failed_at IS NULL
       AND (aggregatetype, aggregateid) NOT IN (SELECT aggregatetype, aggregateid FROM blocked)
     ORDER BY place LIMIT %s)
"""

# Pending rows of some shards, oldest first, as many as the batch may hold.
PENDING = """
    WITH blocked AS MATERIALIZED ({blocked}),
    head AS ({heads} ORDER BY place LIMIT %s),
    sized AS (SELECT place, sum(bytes) OVER (ORDER BY place) - bytes AS before FROM head)
    SELECT position, shard, topic, attempts, id, type, created_at, aggregatetype, aggregateid,
           payload, content_type, headers::text, traceparent, tracestate
    FROM highwater_events_outbox JOIN sized ON position = place
    WHERE before < %s ORDER BY position
"""

# Marks what the broker acknowledged, in shards whose token is still ours.
MARK_PUBLISHED = """
    UPDATE highwater_events_outbox AS o SET published_at = clock_timestamp(), retry_at = NULL
    FROM highwater_events_outbox_shard AS s
    WHERE o.position = ANY(%s) AND o.published_at IS NULL
      AND s.number = o.shard AND s.token = ANY(%s)
    RETURNING o.topic, extract(epoch FROM o.published_at - o.created_at)::float8
"""

# Counts one attempt; repeated after a lost answer it changes nothing, as `attempts` has moved.
MARK_REFUSED = """
    UPDATE highwater_events_outbox AS o
    SET attempts = o.attempts + 1, last_error = %(error)s,
        failed_at = CASE WHEN o.attempts + 1 >= %(max)s THEN clock_timestamp() END,
        retry_at = CASE WHEN o.attempts + 1 < %(max)s
                        THEN clock_timestamp() + make_interval(secs => %(seconds)s) END
    FROM highwater_events_outbox_shard AS s
    WHERE o.position = %(position)s AND o.attempts = %(attempts)s AND o.published_at IS NULL
      AND s.number = o.shard AND s.token = ANY(%(tokens)s)
    RETURNING o.failed_at IS NOT NULL
"""

# How many rows are pending in some shards, up to a cap, and the age of the oldest.
BACKLOG = """
    SELECT (SELECT count(*) FROM (
                SELECT FROM highwater_events_outbox
                WHERE shard = ANY(%(shards)s) AND published_at IS NULL AND failed_at IS NULL
                LIMIT %(cap)s) AS capped),
           (SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8
            FROM unnest(%(shards)s::smallint[]) AS number CROSS JOIN LATERAL (
                SELECT created_at FROM highwater_events_outbox
                WHERE shard = number AND published_at IS NULL AND failed_at IS NULL
                ORDER BY position + 0 LIMIT 1) AS oldest)
"""


def read_pending(
    using: str, shards: Sequence[int], *, limit: int, poison_blocks_key: bool, source: str
) -> list[PendingRow]:
    """The oldest rows of these shards that may go out now."""
    if not shards:
        return []
    sql = PENDING.format(
        blocked=BLOCKED_KEYS + (POISONED_KEYS if poison_blocks_key else ""),
        heads=" UNION ALL ".join([SHARD_HEAD] * len(shards)),
    )
    of_heads = [value for shard in shards for value in (shard, limit)]
    with connections[using].cursor() as cursor:
        cursor.execute(sql, [*of_heads, limit, MAX_BATCH_BYTES])
        return [_pending_row(columns, source) for columns in cursor.fetchall()]


def mark_published(
    using: str, positions: Sequence[int], tokens: Sequence[uuid.UUID]
) -> list[tuple[str, float]]:
    """Topic and seconds from creation to now of each row that was marked."""
    with connections[using].cursor() as cursor:
        cursor.execute(MARK_PUBLISHED, [list(positions), list(tokens)])
        marked: list[tuple[str, float]] = cursor.fetchall()
        return marked


def mark_refused(
    using: str,
    row: PendingRow,
    error: str,
    *,
    max_attempts: int,
    wait_seconds: float,
    tokens: Sequence[uuid.UUID],
) -> bool | None:
    """Whether the row is now failed for good; null where the shard was lost."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            MARK_REFUSED,
            {
                "error": error,
                "max": max_attempts,
                "seconds": wait_seconds,
                "position": row.position,
                "attempts": row.attempts,
                "tokens": list(tokens),
            },
        )
        marked = cursor.fetchone()
    return bool(marked[0]) if marked else None


def backlog(using: str, shards: Sequence[int]) -> tuple[int, float]:
    """Pending rows of these shards, up to PENDING_CAP, and the oldest one's age in seconds."""
    with connections[using].cursor() as cursor:
        cursor.execute(BACKLOG, {"shards": list(shards), "cap": PENDING_CAP})
        pending, oldest_seconds = cursor.fetchone()
    return pending, oldest_seconds


def _pending_row(columns: tuple[Any, ...], source: str) -> PendingRow:
    position, shard, topic, attempts, event_id, event_type, created_at = columns[:7]
    aggregate_type, aggregate_id, payload, content_type, headers, *trace = columns[7:]
    return PendingRow(
        position,
        shard,
        topic,
        attempts,
        Event(
            id=event_id,
            type=event_type,
            source=source,
            time=created_at,
            aggregate_type=aggregate_type,
            aggregate_id=aggregate_id,
            payload=bytes(payload),
            content_type=content_type,
            trace={n: value for n, value in zip(TRACE_HEADERS, trace, strict=True) if value},
            headers=json.loads(headers),
        ),
    )
