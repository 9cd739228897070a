"""Whether retention stands in anybody's way while one reader's transaction stays open for long."""

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import psycopg

from monitor.series.partitions import BLOCKS, HOUR, oldest_start, start_of_hour
from monitor.series.retention import Keep, drop_old
from monitor.tasks import RETRY_SECONDS

PAUSE_SECONDS = 0.05

# A reader of everything, and of one subject as a chart has it; a writer of one sample.
_HOLD = "SELECT count(*) FROM monitor_lag_block WHERE group_topic_id = %(read)s"
_READ = """
    SELECT hour, totals FROM monitor_lag_block
    WHERE group_topic_id = %(read)s AND hour > %(now)s - interval '24 hours'
"""
_WRITE = """
    INSERT INTO monitor_lag_sample (sampled_at, shard, group_topic_id, committed, flags,
                                    unknown_partitions, status)
    VALUES (%(at)s, 0, -1, '{}', '{}', 0, 'OK')
"""


class Latencies:
    """The same statement again and again on a connection of its own, until the block ends."""

    def __init__(self, dsn: str, statement: str, asked: Callable[[int], dict[str, Any]]) -> None:
        self.seconds: list[float] = []
        self._dsn, self._statement, self._asked = dsn, statement, asked
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Latencies":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def most_ms(self) -> float:
        return round(max(self.seconds) * 1000, 1)

    def _run(self) -> None:
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            connection.execute(self._statement, self._asked(0))
            while not self._stopped.wait(PAUSE_SECONDS):
                asked = self._asked(len(self.seconds) + 1)
                began = time.perf_counter()
                connection.execute(self._statement, asked)
                self.seconds.append(time.perf_counter() - began)


def measure(dsn: str, read: int, now: datetime, reader_seconds: float) -> dict[str, Any]:
    """The longest a reader and a writer took, with a long reader alone and with retention too."""
    first = now + timedelta(minutes=1)
    alone = _latencies(dsn, read, now, first, lambda: time.sleep(min(reader_seconds, 10.0)))
    later = first + timedelta(minutes=20)
    finished = list[float]()

    def retain() -> None:
        holder = threading.Thread(target=_hold, args=(dsn, read, reader_seconds, left))
        holder.start()
        time.sleep(0.5)
        _drop_until_done(now)
        finished.append(time.perf_counter())
        holder.join()

    left = list[float]()
    beside = _latencies(dsn, read, now, later, retain)
    return {
        "reader_open_seconds": reader_seconds,
        "done_after_reader_left_seconds": round(finished[0] - left[0], 2),
        "read_most_ms": {"alone": alone[0], "with_retention": beside[0]},
        "write_most_ms": {"alone": alone[1], "with_retention": beside[1]},
        "delay_most_ms": round(max(0.0, *(b - a for a, b in zip(alone, beside, strict=True))), 1),
    }


def _latencies(
    dsn: str, read: int, now: datetime, first: datetime, work: Callable[[], None]
) -> tuple[float, float]:
    """The longest read and write while the work is done, in ms."""
    step = timedelta(milliseconds=1)
    with (
        Latencies(dsn, _READ, lambda _: {"read": read, "now": now}) as reads,
        Latencies(dsn, _WRITE, lambda number: {"at": first + number * step}) as writes,
    ):
        work()
    return reads.most_ms(), writes.most_ms()


def _hold(dsn: str, read: int, seconds: float, left: list[float]) -> None:
    """A transaction that has read every block of one subject, and stays open."""
    with psycopg.connect(dsn) as connection:
        connection.execute(_HOLD, {"read": read})
        time.sleep(seconds)
        left.append(time.perf_counter())


def _drop_until_done(now: datetime) -> None:
    """As upkeep does, of a day of blocks and of the open hours that are sealed."""
    oldest = oldest_start(BLOCKS)
    if oldest is None:
        raise SystemExit("There are no blocks to drop.")
    days = (start_of_hour(now) - BLOCKS.end_of(oldest)).days
    keep = Keep(open_hours=2, after_sealing=HOUR, block_days=days, summary_days=4000)
    while drop_old(now, keep).stuck:
        time.sleep(RETRY_SECONDS)
