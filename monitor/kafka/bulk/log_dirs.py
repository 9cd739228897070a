"""DescribeLogDirs, version 3: how large the logs are that lie on a broker. Pure.

Version 2 cannot say that the account may not ask. Partitions of an answer have one width, so numpy
reads them as they lie.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from monitor.errors import MalformedAnswerError
from monitor.kafka.bulk.wire import Cursor, partitions_by_topic
from monitor.kafka.ports import UNKNOWN, Int32s, Int64s

API_KEY, VERSION = 35, 3

_FOUND = np.dtype(
    [
        ("partition", ">i4"),
        ("size_bytes", ">i8"),
        ("offset_lag", ">i8"),
        ("is_future", "u1"),
        ("tags", "u1"),
    ]
)


@dataclass(frozen=True, slots=True)
class DescribedLogs:
    """An answer's rows; `topic` indexes the catalogue's topics. `error` is of the whole answer."""

    topic: Int32s
    partition: Int64s
    size_bytes: Int64s
    error: int


def encode(topics: Sequence[tuple[str, Int64s]]) -> bytes:
    """Ask for the numbered partitions of each topic."""
    return partitions_by_topic(topics) + b"\0"


def decode(body: bytes, topics: Mapping[bytes, int]) -> DescribedLogs:
    """`topics` maps the catalogue's names to their places. Raises MalformedAnswerError.

    Other topics are left out: brokers before 4.0 name all that lie on them, without partitions. So
    are copies on their way to another folder: they are shorter than their log.
    """
    cursor = Cursor(body)
    cursor.skip(4)  # the throttle time
    error = cursor.signed(2)
    parts, owners = [np.empty(0, dtype=_FOUND)], list[tuple[int, int]]()
    for _ in range(cursor.length()):
        cursor.skip(2)  # the folder's error: it then names no log
        cursor.compact_bytes()
        for _ in range(cursor.length()):
            topic = topics.get(cursor.compact_bytes(), UNKNOWN)
            count = cursor.length()
            began = cursor.skip(count * _FOUND.itemsize)
            cursor.tagged_fields()
            parts.append(np.frombuffer(body, dtype=_FOUND, count=count, offset=began))
            owners.append((topic, count))
        cursor.tagged_fields()
    cursor.tagged_fields()
    cursor.end()
    rows = np.concatenate(parts)
    if rows["tags"].any():
        raise MalformedAnswerError("A partition of the answer has fields that nobody knows.")
    owner = np.array(owners, dtype=np.int64).reshape(-1, 2)
    topic_of = np.repeat(owner[:, 0], owner[:, 1]).astype(np.int32)
    is_log = (rows["is_future"] == 0) & (topic_of != UNKNOWN)
    return DescribedLogs(
        topic=topic_of[is_log],
        partition=rows["partition"][is_log].astype(np.int64),
        size_bytes=rows["size_bytes"][is_log].astype(np.int64),
        error=error,
    )
