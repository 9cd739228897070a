"""Answers of brokers, written out field by field."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monitor.kafka.bulk.wire import compact_string, uvarint

THROTTLE = struct.pack(">i", 0)
NO_TAGS = b"\0"


@dataclass(frozen=True)
class Commit:
    partition: int
    offset: int
    metadata: str | None = ""
    error: int = 0
    tags: bytes = NO_TAGS


Topics = Mapping[str, Sequence[Commit]]


def offset_fetch(groups: Mapping[str, tuple[Topics, int]]) -> bytes:
    body = THROTTLE + uvarint(len(groups) + 1)
    for name, (topics, error) in groups.items():
        body += compact_string(name) + uvarint(len(topics) + 1)
        for topic, commits in topics.items():
            body += compact_string(topic) + uvarint(len(commits) + 1)
            body += b"".join(map(_commit, commits)) + NO_TAGS
        body += struct.pack(">h", error) + NO_TAGS
    return body + NO_TAGS


def list_offsets(topics: Mapping[str, Sequence[tuple[int, int, int]]]) -> bytes:
    """By topic: partition, error, offset."""
    body = THROTTLE + uvarint(len(topics) + 1)
    for name, rows in topics.items():
        body += compact_string(name) + uvarint(len(rows) + 1)
        for partition, error, offset in rows:
            body += struct.pack(">ihqqi", partition, error, -1, offset, 7) + NO_TAGS
        body += NO_TAGS
    return body + NO_TAGS


def log_dirs(
    folders: Sequence[Mapping[str, Sequence[tuple[int, int, bool]]]], error: int = 0
) -> bytes:
    """By folder and topic: partition, size, and whether it is a copy on its way."""
    body = THROTTLE + struct.pack(">h", error) + uvarint(len(folders) + 1)
    for number, topics in enumerate(folders):
        body += struct.pack(">h", 0) + compact_string(f"/disk{number}") + uvarint(len(topics) + 1)
        for name, rows in topics.items():
            body += compact_string(name) + uvarint(len(rows) + 1)
            for partition, size_bytes, is_future in rows:
                body += struct.pack(">iqq?", partition, size_bytes, 0, is_future) + NO_TAGS
            body += NO_TAGS
        body += NO_TAGS
    return body + NO_TAGS


def producers(
    topics: Mapping[str, Mapping[int, Sequence[tuple[int, int, int, int]]]], error: int = 0
) -> bytes:
    """By topic and partition: producer, epoch, start of its transaction, newest timestamp."""
    body = THROTTLE + uvarint(len(topics) + 1)
    for name, partitions in topics.items():
        body += compact_string(name) + uvarint(len(partitions) + 1)
        for partition, rows in partitions.items():
            body += struct.pack(">ih", partition, error) + uvarint(0) + uvarint(len(rows) + 1)
            for producer_id, epoch, start, last_ms in rows:
                body += struct.pack(">qiiqiq", producer_id, epoch, 5, last_ms, 0, start) + NO_TAGS
            body += NO_TAGS
        body += NO_TAGS
    return body + NO_TAGS


def _commit(commit: Commit) -> bytes:
    text = uvarint(0) if commit.metadata is None else compact_string(commit.metadata)
    head = struct.pack(">iqi", commit.partition, commit.offset, -1)
    return head + text + struct.pack(">h", commit.error) + commit.tags
