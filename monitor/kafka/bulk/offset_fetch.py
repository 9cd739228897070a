"""OffsetFetch, version 8: the commits of many groups in one request. Pure.

A partition of the answer takes 20 bytes as long as its metadata text is empty, as most clients
leave it; numpy reads these as they lie. Where one is not (Kafka Streams writes its state there),
the entries are walked one by one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from monitor.errors import MalformedAnswerError
from monitor.kafka.bulk.wire import Cursor, compact_string, uvarint
from monitor.kafka.ports import Int16s, Int32s, Int64s

API_KEY, VERSION = 9, 8

_ENTRY = np.dtype(
    [
        ("partition", ">i4"),
        ("offset", ">i8"),
        ("leader_epoch", ">i4"),
        ("metadata", "u1"),  # the length plus one, or 0 for null
        ("error", ">i2"),
        ("tags", "u1"),
    ]
)
# A partition after the other, `_ENTRY` each.
_Entries = Callable[[Cursor, int], bytes]
_NOT_IN_CATALOGUE = -1


class _MetadataError(Exception):
    """An entry carries metadata, so it is longer than the rest."""


@dataclass(frozen=True, slots=True)
class FetchedCommits:
    """An answer's rows: `group` indexes the names asked for, `topic` the catalogue's topics.

    Partitions are as the broker numbers them, and may lie outside of the catalogue. `group_error`
    has one entry per name; `is_answered` says which of them the broker spoke of at all.
    """

    group: Int32s
    topic: Int32s
    partition: Int64s
    offset: Int64s
    error: Int16s
    group_error: Int16s
    is_answered: Sequence[bool]


def encode(names: Sequence[str]) -> bytes:
    """Ask for all that the groups have committed. Transactions that are open do not hold it up."""
    groups = b"".join(compact_string(name) + b"\0\0" for name in names)  # all topics; no tags
    return uvarint(len(names) + 1) + groups + b"\0\0"  # not only stable offsets; no tags


def decode(body: bytes, names: Mapping[bytes, int], topics: Mapping[bytes, int]) -> FetchedCommits:
    """`names` and `topics` map what was asked for, and what the catalogue holds, to their places.

    Commits in topics that the catalogue lacks are left out. Raises MalformedAnswerError.
    """
    try:
        return _walk(body, names, topics, _entries_as_they_lie)
    except (_MetadataError, MalformedAnswerError):
        # Read as if no entry had metadata, one that has puts all after it out of place.
        return _walk(body, names, topics, _entries_one_by_one)


def _walk(
    body: bytes, names: Mapping[bytes, int], topics: Mapping[bytes, int], entries: _Entries
) -> FetchedCommits:
    cursor = Cursor(body)
    cursor.skip(4)  # the throttle time
    group_error = np.zeros(len(names), dtype=np.int16)
    is_answered = [False] * len(names)
    owners: list[tuple[int, int, int]] = []
    parts: list[bytes] = []
    for _ in range(cursor.length()):
        group = names.get(cursor.compact_bytes())
        if group is None or is_answered[group]:
            raise MalformedAnswerError("The answer names a group that was not asked for.")
        is_answered[group] = True
        for _ in range(cursor.length()):
            topic = topics.get(cursor.compact_bytes(), _NOT_IN_CATALOGUE)
            found = entries(cursor, cursor.length())
            cursor.tagged_fields()
            parts.append(found)
            owners.append((group, topic, len(found) // _ENTRY.itemsize))
        group_error[group] = cursor.signed(2)
        cursor.tagged_fields()
    cursor.tagged_fields()
    cursor.end()
    return _columns(parts, owners, group_error, is_answered)


def _columns(
    parts: Sequence[bytes],
    owners: Sequence[tuple[int, int, int]],
    group_error: Int16s,
    is_answered: Sequence[bool],
) -> FetchedCommits:
    rows = np.frombuffer(b"".join(parts), dtype=_ENTRY)
    if rows["tags"].any():
        raise MalformedAnswerError("A partition of the answer has fields that nobody knows.")
    if (rows["metadata"] > 1).any():
        raise _MetadataError
    owner = np.array(owners, dtype=np.int64).reshape(-1, 3)
    owner = np.repeat(owner[:, :2], owner[:, 2], axis=0)
    # Left out here and not above: whether entries lie as was thought shows in all of them.
    is_known = owner[:, 1] != _NOT_IN_CATALOGUE
    owner, rows = owner[is_known], rows[is_known]
    return FetchedCommits(
        group=owner[:, 0].astype(np.int32),
        topic=owner[:, 1].astype(np.int32),
        partition=rows["partition"].astype(np.int64),
        offset=rows["offset"].astype(np.int64),
        error=rows["error"].astype(np.int16),
        group_error=group_error,
        is_answered=is_answered,
    )


def _entries_as_they_lie(cursor: Cursor, count: int) -> bytes:
    began = cursor.skip(count * _ENTRY.itemsize)
    return cursor.body[began : cursor.at]


def _entries_one_by_one(cursor: Cursor, count: int) -> bytes:
    rows = np.zeros(count, dtype=_ENTRY)
    for place in range(count):
        partition, offset = cursor.signed(4), cursor.signed(8)
        leader_epoch = cursor.signed(4)
        cursor.compact_bytes()
        rows[place] = (partition, offset, leader_epoch, 0, cursor.signed(2), 0)
        cursor.tagged_fields()
    return rows.tobytes()
