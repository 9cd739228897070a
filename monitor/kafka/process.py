"""One reader per shard and process, made after fork and recycled now and then."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass

from monitor.kafka.choice import ChosenReader

# The client leaks a little with each call (confluent-kafka-python#1901).
RECYCLE_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class _Kept:
    reader: ChosenReader
    asked: tuple[frozenset[tuple[str, str]], float]
    made_at: float

    def serves(self, asked: tuple[frozenset[tuple[str, str]], float], now: float) -> bool:
        is_fresh = now - self.made_at < RECYCLE_SECONDS
        return self.asked == asked and is_fresh and not self.reader.is_doubtful


# By process too: a client that a fork brought along must neither be used nor be taken down.
_kept: dict[tuple[int, int, int], _Kept] = {}


def reader_of(
    cluster_id: int,
    configuration: Mapping[str, str],
    *,
    timeout_seconds: float,
    shard: int = 0,
) -> ChosenReader:
    """This process's reader; new after a fork, a silence, a changed configuration, or an hour.

    Raises ConfigurationError where librdkafka refuses the configuration.
    """
    asked = (frozenset(configuration.items()), timeout_seconds)
    key, now = (os.getpid(), cluster_id, shard), time.monotonic()
    kept = _kept.get(key)
    if kept is not None and kept.serves(asked, now):
        return kept.reader
    _close(key)
    _close_unused(now)
    reader = ChosenReader(configuration, timeout_seconds=timeout_seconds)
    _kept[key] = _Kept(reader, asked, now)
    return reader


def _close_unused(now: float) -> None:
    """A reader in use is made anew each hour; one much older is of a cluster that is gone.

    Not at once: another thread may be in the middle of a tick with one that has just grown old.
    """
    for key, kept in list(_kept.items()):
        if key[0] == os.getpid() and now - kept.made_at >= 2 * RECYCLE_SECONDS:
            _close(key)


def _close(key: tuple[int, int, int]) -> None:
    kept = _kept.pop(key, None)
    if kept is not None:
        kept.reader.close()
