"""The event as services see it, and its form as a record.

Records follow the CloudEvents 1.0 Kafka binding in binary mode: attributes are `ce_*` headers, the
value is the payload. W3C trace context travels in `traceparent` and `tracestate` beside them.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from highwater_events.broker.base import Headers, OutgoingRecord, Record
from highwater_events.errors import EnvelopeError

SPEC_VERSION = "1.0"
CONTENT_TYPE = "content-type"
TRACE_HEADERS = ("traceparent", "tracestate")


@dataclass(frozen=True, slots=True)
class Event:
    """A domain fact.

    `aggregate_id` keys the record and so decides its order; `headers` are the service's own,
    without the `ce_*` and trace headers, which have fields here.
    """

    id: uuid.UUID
    type: str
    source: str
    time: datetime
    aggregate_type: str
    aggregate_id: str
    payload: bytes
    content_type: str = "application/json"
    trace: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


def to_record(event: Event, topic: str) -> OutgoingRecord:
    """The record that carries `event`; the stored trace context goes out unchanged."""
    headers: dict[str, str] = {
        **event.headers,
        "ce_specversion": SPEC_VERSION,
        "ce_id": str(event.id),
        "ce_source": event.source,
        "ce_type": event.type,
        "ce_time": event.time.isoformat().replace("+00:00", "Z"),
        "ce_subject": event.aggregate_id,
        "ce_aggregatetype": event.aggregate_type,
        CONTENT_TYPE: event.content_type,
        **{name: event.trace[name] for name in TRACE_HEADERS if name in event.trace},
    }
    encoded: Headers = tuple((name, value.encode()) for name, value in headers.items())
    return OutgoingRecord(topic, event.aggregate_id.encode(), event.payload, encoded)


def from_record(record: Record) -> Event:
    """The event in `record`. Raises EnvelopeError, naming what is missing or malformed."""
    headers = _decoded(record.headers)
    try:
        return Event(
            id=uuid.UUID(headers["ce_id"]),
            type=headers["ce_type"],
            source=headers["ce_source"],
            time=datetime.fromisoformat(headers["ce_time"]),
            aggregate_type=headers.get("ce_aggregatetype", ""),
            aggregate_id=headers.get("ce_subject", ""),
            payload=record.value or b"",
            content_type=headers.get(CONTENT_TYPE, "application/json"),
            trace={name: headers[name] for name in TRACE_HEADERS if name in headers},
            headers={name: value for name, value in headers.items() if not _is_ours(name)},
        )
    except KeyError as missing:
        raise EnvelopeError(f"The record has no {missing.args[0]} header.") from missing
    except ValueError as malformed:
        raise EnvelopeError(f"A CloudEvents header is malformed: {malformed}.") from malformed


def _decoded(headers: Headers) -> dict[str, str]:
    return {name: value.decode(errors="replace") for name, value in headers if value is not None}


def _is_ours(name: str) -> bool:
    return name.startswith("ce_") or name == CONTENT_TYPE or name in TRACE_HEADERS
