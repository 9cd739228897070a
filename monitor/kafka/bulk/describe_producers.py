"""DescribeProducers, version 0: who writes to a partition, and in which transaction. Pure."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from monitor.errors import MalformedAnswerError
from monitor.kafka.bulk.wire import Cursor, partitions_by_topic
from monitor.kafka.ports import Int64s

API_KEY, VERSION = 61, 0

_PRODUCER = np.dtype(
    [
        ("producer_id", ">i8"),
        ("epoch", ">i4"),
        ("last_sequence", ">i4"),
        ("last_ms", ">i8"),
        ("coordinator_epoch", ">i4"),
        ("start", ">i8"),
        ("tags", "u1"),
    ]
)


class DescribedProducer(NamedTuple):
    """A producer with an open transaction in a partition; `topic` indexes the catalogue's."""

    topic: int
    partition: int
    producer_id: int
    epoch: int
    start: int
    last_ms: int


def encode(topics: Sequence[tuple[str, Int64s]]) -> bytes:
    """Ask for the numbered partitions of each topic."""
    return partitions_by_topic(topics) + b"\0"


def decode(body: bytes, topics: Mapping[bytes, int]) -> list[DescribedProducer]:
    """`topics` maps the catalogue's names to their places. Raises MalformedAnswerError.

    Producers without an open transaction, and partitions that were refused, are left out.
    """
    cursor = Cursor(body)
    cursor.skip(4)  # the throttle time
    found: list[DescribedProducer] = []
    for _ in range(cursor.length()):
        topic = topics.get(cursor.compact_bytes())
        if topic is None:
            raise MalformedAnswerError("The answer names a topic that was not asked for.")
        for _ in range(cursor.length()):
            found += _partition(cursor, topic)
        cursor.tagged_fields()
    cursor.tagged_fields()
    cursor.end()
    return found


def _partition(cursor: Cursor, topic: int) -> list[DescribedProducer]:
    partition, _error = cursor.signed(4), cursor.signed(2)
    cursor.compact_bytes()  # the error in words
    count = cursor.length()
    began = cursor.skip(count * _PRODUCER.itemsize)
    cursor.tagged_fields()
    rows = np.frombuffer(cursor.body, dtype=_PRODUCER, count=count, offset=began)
    if rows["tags"].any():
        raise MalformedAnswerError("A producer of the answer has fields that nobody knows.")
    columns = zip(*(rows[name].tolist() for name in _NAMES), strict=True)
    return [DescribedProducer(topic, partition, *row) for row in columns if row[2] >= 0]


_NAMES = ("producer_id", "epoch", "start", "last_ms")
