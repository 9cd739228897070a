"""ListOffsets, version 6: one offset of all partitions that a broker leads. Pure.

Entries have one width each way, so numpy writes and reads them as they lie.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from monitor.errors import MalformedAnswerError
from monitor.kafka.bulk.wire import Cursor, compact_string, uvarint
from monitor.kafka.ports import Edge, Int16s, Int32s, Int64s

API_KEY, VERSION = 2, 6

_LATEST, _EARLIEST = -1, -2
_READ_UNCOMMITTED, _READ_COMMITTED = 0, 1
_SPEC = {
    Edge.LOG_START: (_EARLIEST, _READ_UNCOMMITTED),
    Edge.LOG_END: (_LATEST, _READ_UNCOMMITTED),
    Edge.STABLE_END: (_LATEST, _READ_COMMITTED),
}
_ASKED = np.dtype(
    [("partition", ">i4"), ("leader_epoch", ">i4"), ("timestamp", ">i8"), ("tags", "u1")]
)
_FOUND = np.dtype(
    [
        ("partition", ">i4"),
        ("error", ">i2"),
        ("timestamp", ">i8"),
        ("offset", ">i8"),
        ("leader_epoch", ">i4"),
        ("tags", "u1"),
    ]
)


@dataclass(frozen=True, slots=True)
class ListedOffsets:
    """An answer's rows; `topic` indexes the catalogue's topics."""

    topic: Int32s
    partition: Int64s
    offset: Int64s
    time_ms: Int64s
    error: Int16s


def encode(topics: Sequence[tuple[str, Int64s]], wanted: Edge | int) -> bytes:
    """Ask for an offset of the numbered partitions of each topic, as a client and not a replica.

    An edge, or the first record of a time in ms and later.
    """
    timestamp, isolation = (
        _SPEC[wanted] if isinstance(wanted, Edge) else (wanted, _READ_UNCOMMITTED)
    )
    asked = b"".join(_topic(name, numbers, timestamp) for name, numbers in topics)
    head = b"\xff\xff\xff\xff" + bytes([isolation])
    return head + uvarint(len(topics) + 1) + asked + b"\0"


def decode(body: bytes, topics: Mapping[bytes, int]) -> ListedOffsets:
    """`topics` maps the catalogue's names to their places. Raises MalformedAnswerError."""
    cursor = Cursor(body)
    cursor.skip(4)  # the throttle time
    parts, owners = [np.empty(0, dtype=_FOUND)], list[tuple[int, int]]()
    for _ in range(cursor.length()):
        topic = topics.get(cursor.compact_bytes())
        count = cursor.length()
        began = cursor.skip(count * _FOUND.itemsize)
        cursor.tagged_fields()
        if topic is None:
            raise MalformedAnswerError("The answer names a topic that was not asked for.")
        parts.append(np.frombuffer(body, dtype=_FOUND, count=count, offset=began))
        owners.append((topic, count))
    cursor.tagged_fields()
    cursor.end()
    rows = np.concatenate(parts)
    if rows["tags"].any():
        raise MalformedAnswerError("A partition of the answer has fields that nobody knows.")
    owner = np.array(owners, dtype=np.int64).reshape(-1, 2)
    return ListedOffsets(
        topic=np.repeat(owner[:, 0], owner[:, 1]).astype(np.int32),
        partition=rows["partition"].astype(np.int64),
        offset=rows["offset"].astype(np.int64),
        time_ms=rows["timestamp"].astype(np.int64),
        error=rows["error"].astype(np.int16),
    )


def _topic(name: str, numbers: Int64s, timestamp: int) -> bytes:
    rows = np.zeros(len(numbers), dtype=_ASKED)
    rows["partition"], rows["leader_epoch"], rows["timestamp"] = numbers, -1, timestamp
    return compact_string(name) + uvarint(len(numbers) + 1) + rows.tobytes() + b"\0"
