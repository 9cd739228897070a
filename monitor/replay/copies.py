"""What a republish writes for each record that it reads. Pure."""

from highwater_events.broker.base import Headers, OutgoingRecord, Record
from highwater_events.provenance import (
    ORIGINAL_OFFSET,
    ORIGINAL_PARTITION,
    ORIGINAL_TIMESTAMP_MS,
    ORIGINAL_TOPIC,
    REPLAY_COUNT,
    REPLAY_ID,
    header,
)
from monitor.replay.requests import Partitioning, RepublishRequest, Timestamps


def copy_of(record: Record, request: RepublishRequest, replay_id: int) -> OutgoingRecord:
    """The copy: key, value and headers as they are, and headers that say where it comes from."""
    keeps_partition = request.partitioning is Partitioning.KEEP
    keeps_time = request.timestamps is Timestamps.KEEP
    return OutgoingRecord(
        topic=request.target_topic,
        key=record.key,
        value=record.value,
        headers=with_provenance(record, replay_id),
        timestamp_ms=record.timestamp_ms if keeps_time else None,
        partition=record.partition if keeps_partition else None,
    )


def with_provenance(record: Record, replay_id: int) -> Headers:
    """The record's headers and ours.

    A record that is a copy already, or a dead letter, keeps the origin that it names: a redrive
    must find where it first came from. Only replay id and count are renewed.
    """
    kept = tuple(
        (name, value) for name, value in record.headers if name not in (REPLAY_ID, REPLAY_COUNT)
    )
    origin = () if header(kept, ORIGINAL_TOPIC) is not None else _origin(record)
    replay = (
        (REPLAY_ID, str(replay_id).encode()),
        (REPLAY_COUNT, str(_count(record.headers) + 1).encode()),
    )
    return (*kept, *origin, *replay)


def _origin(record: Record) -> Headers:
    origin: list[tuple[str, bytes | None]] = [
        (ORIGINAL_TOPIC, record.topic.encode()),
        (ORIGINAL_PARTITION, str(record.partition).encode()),
        (ORIGINAL_OFFSET, str(record.offset).encode()),
    ]
    if record.timestamp_ms is not None:
        origin.append((ORIGINAL_TIMESTAMP_MS, str(record.timestamp_ms).encode()))
    return tuple(origin)


def _count(headers: Headers) -> int:
    told = header(headers, REPLAY_COUNT) or "0"
    return int(told) if told.isascii() and told.isdigit() else 0
