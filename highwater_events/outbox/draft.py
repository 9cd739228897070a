"""An event as a service asks to publish it, checked before anything is written. Pure.

What can never become a record, or a row, is refused here, in the caller's transaction, where
somebody can still do something about it.
"""

import json
import re
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from highwater_events.broker.base import OutgoingRecord
from highwater_events.envelope import CONTENT_TYPE, TRACE_HEADERS, Event, to_record
from highwater_events.errors import PayloadError

# Brokers take 1,048,576 bytes by default, with the batch that a record travels in.
MAX_RECORD_BYTES = 1_000_000
JSON = "application/json"
# Kafka's rule: a topic's name is that of a folder.
TOPIC_NAME = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._-]{1,249}")
# What the outbox's columns hold.
MAX_CHARS = {"event_type": 255, "aggregate_type": 255, "aggregate_id": 255, "content_type": 100}
_MAX_TRACE = {"traceparent": 100, "tracestate": 512}


def draft(
    event_type: str,
    payload: bytes,
    *,
    aggregate_type: str,
    aggregate_id: str,
    source: str,
    content_type: str,
    headers: Mapping[str, str],
) -> Event:
    """The event, with a new id and without trace context. Raises PayloadError."""
    return Event(
        id=uuid.uuid4(),
        type=_name(event_type, "event_type"),
        source=source,
        time=datetime.now(UTC),
        aggregate_type=_name(aggregate_type, "aggregate_type"),
        aggregate_id=_name(aggregate_id, "aggregate_id"),
        payload=payload,
        content_type=_name(content_type, "content_type"),
        headers=_own_headers(headers),
    )


def encode(payload: Any, content_type: str, encoder: type[json.JSONEncoder]) -> bytes:
    """The payload's bytes. Raises PayloadError where it is not JSON, or not bytes if it must be."""
    if content_type != JSON:
        if not isinstance(payload, bytes):
            raise PayloadError(f"With content_type {content_type!r} the payload must be bytes.")
        return payload
    try:
        text = json.dumps(
            payload, cls=encoder, ensure_ascii=False, allow_nan=False, separators=(",", ":")
        )
        return text.encode()
    except (TypeError, ValueError, RecursionError) as problem:
        raise PayloadError(
            f"The payload cannot be written as JSON: {problem}. Pass dicts, lists, texts, numbers,"
            " dates, decimals and UUIDs."
        ) from problem


def check_record(event: Event, topic: str) -> None:
    """Raises PayloadError where the event does not fit a record, or the topic is no legal name."""
    if not TOPIC_NAME.fullmatch(topic):
        raise PayloadError(
            f"{topic!r} is not a topic's name (A-Z a-z 0-9 . _ -, at most 249, neither . nor ..)."
            " Map the aggregate type to a topic in HIGHWATER_EVENTS['TOPICS']."
        )
    size_bytes = _size_bytes(to_record(event, topic))
    if size_bytes > MAX_RECORD_BYTES:
        raise PayloadError(
            f"The event takes {size_bytes:,} bytes; {MAX_RECORD_BYTES:,} is the limit. Store the"
            " large part elsewhere and publish where it is."
        )


def given_trace(headers: Mapping[str, str]) -> dict[str, str]:
    """The trace context among the caller's headers, as far as it fits its columns."""
    return fitting_trace({name: headers[name] for name in TRACE_HEADERS if name in headers})


def fitting_trace(trace: Mapping[str, str]) -> dict[str, str]:
    """Trace headers without what is too long, which W3C allows to drop."""
    return {name: value for name, value in trace.items() if len(value) <= _MAX_TRACE[name]}


def _name(value: str, argument: str) -> str:
    most = MAX_CHARS[argument]
    if not _is_storable(value) or not 0 < len(value) <= most:
        raise PayloadError(
            f"{argument} must be a text of 1 to {most} characters without NUL, not {value!r}."
        )
    return value


def _own_headers(headers: Mapping[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if not (_is_storable(name) and _is_storable(value)):
            raise PayloadError(f"Header {name!r} must map a text to a text without NUL.")
        if name.startswith("ce_") or name == CONTENT_TYPE:
            raise PayloadError(f"Header {name!r} is set from the event itself; leave it out.")
    return {name: value for name, value in headers.items() if name not in TRACE_HEADERS}


def _is_storable(value: object) -> bool:
    """Whether Postgres takes the text: no NUL, no lone surrogates."""
    if not isinstance(value, str) or "\0" in value:
        return False
    return value == value.encode(errors="replace").decode()


def _size_bytes(record: OutgoingRecord) -> int:
    headers = sum(len(name.encode()) + len(value or b"") for name, value in record.headers)
    return headers + len(record.key or b"") + len(record.value or b"")
