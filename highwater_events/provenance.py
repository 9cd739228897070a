"""Header names by which a record tells where it comes from: of dead letters and of replays.

A redrive reads the first, a handler that must not run twice asks for the second. Values are UTF-8
text; numbers are decimal, times ISO 8601 in UTC.
"""

from highwater_events.broker.base import Headers

ORIGINAL_TOPIC = "highwater-original-topic"
ORIGINAL_PARTITION = "highwater-original-partition"
ORIGINAL_OFFSET = "highwater-original-offset"
ORIGINAL_TIMESTAMP_MS = "highwater-original-timestamp-ms"  # left out where the broker gave none

EXCEPTION_CLASS = "highwater-exception-class"
EXCEPTION_MESSAGE = "highwater-exception-message"
ATTEMPTS = "highwater-attempts"
GROUP = "highwater-group"
FAILED_AT = "highwater-failed-at"

REPLAY_ID = "highwater-replay-id"  # its presence makes a record a replay
REPLAY_COUNT = "highwater-replay-count"  # how often it has been replayed, this time included


def header(headers: Headers, name: str) -> str | None:
    """The last value of `name`, or None where it is absent or null."""
    values = [value for key, value in headers if key == name and value is not None]
    return values[-1].decode(errors="replace") if values else None


def is_replay(headers: Headers) -> bool:
    """Whether a replay wrote this record a second time."""
    return header(headers, REPLAY_ID) is not None
