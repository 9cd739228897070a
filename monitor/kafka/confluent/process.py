"""One reader per cluster and process, made after fork and recycled now and then."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass

from monitor.kafka.confluent.reader import ConfluentReader

# The client leaks a little with each call (confluent-kafka-python#1901).
RECYCLE_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class _Kept:
    reader: ConfluentReader
    asked: tuple[frozenset[tuple[str, str]], float, int]
    made_at: float


_kept: dict[int, _Kept] = {}


def reader_of(
    cluster_id: int, configuration: Mapping[str, str], *, timeout_seconds: float
) -> ConfluentReader:
    """This process's reader; a new one after a fork, a changed configuration, or an hour."""
    asked = (frozenset(configuration.items()), timeout_seconds, os.getpid())
    now = time.monotonic()
    kept = _kept.get(cluster_id)
    if kept is not None and kept.asked == asked and now - kept.made_at < RECYCLE_SECONDS:
        return kept.reader
    _kept[cluster_id] = _Kept(
        ConfluentReader(configuration, timeout_seconds=timeout_seconds), asked, now
    )
    return _kept[cluster_id].reader


def forget(cluster_id: int) -> None:
    """Close this process's reader of a cluster, if it has one."""
    kept = _kept.pop(cluster_id, None)
    if kept is not None:
        kept.reader.close()
