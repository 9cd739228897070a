"""The latest reading of each topic, of each group and of what it reads, updated in bulk."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from monitor.kafka.ports import Int64s, PartitionIndex
from monitor.lag.findings import Findings
from monitor.lag.verdicts import GroupVerdict
from monitor.partition_records import NOT_READ, Columns, packed
from monitor.series import copyformat as wire
from monitor.series.store import HeadRows, head_arrays, update

_FLOATS = (
    "time_lag_seconds",
    "produced_per_second",
    "consumed_per_second",
    "produced_per_second_15m",
    "consumed_per_second_15m",
    "loss_seconds",
)


def update_heads(rows: HeadRows, held_since_ms: Int64s, at: datetime) -> None:
    """The logs of the topics that were read, `held_since_ms` by their partitions."""
    columns: dict[str, wire.Column] = {
        "sampled_at": wire.repeated(wire.timestamptz(at), len(rows.topic_ids)),
        "held_since_ms": wire.number_arrays(held_since_ms, rows.starts, "int8", held_since_ms >= 0),
    }
    update("monitor_topic", wire.numbers(rows.topic_ids, "int8"), columns | head_arrays(rows))


def update_reads(findings: Findings, partitions: PartitionIndex, at: datetime) -> None:
    """A record per partition of each topic; one that is not the group's has nothing known."""
    dense, rows = findings.dense(partitions), findings.rows
    records = packed(
        Columns(
            committed=dense.spread(findings.committed, -1),
            time_lag_seconds=dense.spread(rows.time_lag_seconds, np.nan),
            flags=dense.spread(rows.flags, 0),
            status=dense.spread(rows.status, NOT_READ),
            method=dense.spread(rows.time_lag_method, 0),
            lost=dense.spread(rows.lost, 0),
            lost_to=dense.spread(rows.lost_to, -1),
        ),
        dense.starts,
    )
    columns: dict[str, wire.Column] = {
        "sampled_at": wire.repeated(wire.timestamptz(at), len(records)),
        "partitions": [wire.blob(record) for record in records],
    }
    update("monitor_grouptopic", wire.numbers(findings.reads.ids, "int8"), columns)


def update_groups(groups: Sequence[GroupVerdict], at: datetime) -> None:
    columns: dict[str, wire.Column] = {
        "sampled_at": wire.repeated(wire.timestamptz(at), len(groups)),
        "state": [wire.text(group.state) for group in groups],
        "protocol_type": [wire.text(group.kind) for group in groups],
        "status": [wire.text(group.status) for group in groups],
        "status_since": [wire.timestamptz(group.status_since) for group in groups],
        "status_reason": [wire.text(group.reason) for group in groups],
        "raw_status": [wire.text(group.standing.raw) for group in groups],
        "raw_ticks": _numbers([group.standing.raw_ticks for group in groups], "int2"),
        "astray_ticks": _numbers([group.standing.astray_ticks for group in groups], "int2"),
        "loss_by": [wire.text(group.loss_by) for group in groups],
        "last_status": [wire.text(group.last_status) for group in groups],
        "used_at": [
            wire.NULL if group.used_at is None else wire.timestamptz(group.used_at)
            for group in groups
        ],
        "member_count": _numbers([group.members for group in groups], "int4"),
        "lag": _numbers([group.lag for group in groups], "int8"),
        "lag_max": _numbers([group.lag_max for group in groups], "int8"),
        "lost_records": _numbers([group.lost_records for group in groups], "int8"),
        "partitions": _numbers([group.partitions for group in groups], "int4"),
        "unknown_partitions": _numbers([group.unknown_partitions for group in groups], "int4"),
    }
    for name in _FLOATS:
        columns[name] = _numbers([getattr(group, name) for group in groups], "float8")
    ids = np.array([group.id for group in groups], dtype=np.int64)
    update("monitor_group", wire.numbers(ids, "int8"), columns)


def _numbers(values: Sequence[float | None], kind: str) -> wire.Column:
    known = np.array([value is not None for value in values], dtype=np.bool_)
    filled = [0 if value is None else value for value in values]
    return wire.numbers(np.array(filled), kind, known)
