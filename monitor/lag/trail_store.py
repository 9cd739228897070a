"""Trails in Postgres: a tenth of what groups read is stored at each tick.

So what is stored of any partition is at most `LENGTH` ticks old, and those ticks come again after a
restart anyway, to fill the windows (`monitor.lag.recall`): nothing is forgotten, at a tenth of the
cost.
"""

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
from django.db import connection

from monitor.kafka.ports import Int64s
from monitor.lag.rows import keys, number_of, read_of, starts_of
from monitor.lag.trail import RECORD, Trail
from monitor.lag.windows import LENGTH
from monitor.series import copyformat as wire
from monitor.series.store import copy

# Of `RECORD`. What another version wrote is left alone, and learnt anew.
_FORM = 1

_TAKE_OVER = """
    INSERT INTO monitor_committrail SELECT * FROM monitor_committrail_fresh
    ON CONFLICT (group_topic_id)
    DO UPDATE SET form = EXCLUDED.form, partitions = EXCLUDED.partitions
"""
# The trails of a cluster, by the primary key.
_LOAD = """
    SELECT group_topic_id, partitions FROM monitor_committrail
    WHERE group_topic_id = ANY(%s) AND form = %s ORDER BY group_topic_id
"""


def store_trail(trail: Trail) -> None:
    """Store what is due, inside the caller's transaction."""
    reads = read_of(trail.keys)
    due = np.flatnonzero(np.isin(reads % LENGTH, trail.due(LENGTH)))
    if not len(due):
        return
    starts, numbers = starts_of(reads[due]), number_of(trail.keys[due])
    body = trail.records(due, numbers).tobytes()
    ends = (starts * RECORD.itemsize).tolist()
    ids = reads[due][starts[:-1]]
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE monitor_committrail_fresh ON COMMIT DROP AS"
            " SELECT group_topic_id, form, partitions FROM monitor_committrail WITH NO DATA"
        )
        columns = {
            "group_topic_id": wire.numbers(ids, "int8"),
            "form": wire.numbers(np.full(len(ids), _FORM), "int2"),
            "partitions": [wire.blob(body[one:other]) for one, other in pairwise(ends)],
        }
        copy("monitor_committrail_fresh", columns)
        cursor.execute(_TAKE_OVER)
        cursor.execute("DROP TABLE monitor_committrail_fresh")


def load_trail(trail: Trail, reads: Iterable[int], before_ms: int) -> None:
    """Fill an empty trail with what is stored of these reads."""
    with connection.cursor() as cursor:
        cursor.execute(_LOAD, [list(reads), _FORM])
        rows = cursor.fetchall()
    records = np.frombuffer(b"".join(bytes(body) for _, body in rows), dtype=RECORD)
    lengths = [len(body) // RECORD.itemsize for _, body in rows]
    owners: Int64s = np.repeat(np.array([pk for pk, _ in rows], dtype=np.int64), lengths)
    trail.load(keys(owners, records["number"].astype(np.int64)), records, before_ms)
