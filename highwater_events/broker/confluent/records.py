"""The client's messages as records of the port."""

import logging

from confluent_kafka import TIMESTAMP_NOT_AVAILABLE, KafkaError, Message

from highwater_events.broker.base import Headers, Record
from highwater_events.broker.confluent.mapping import broker_error
from highwater_events.errors import BrokerUnreachableError

_LOGGER = logging.getLogger(__name__)


def record_of(message: Message) -> Record | None:
    """The record, or null for a passing fault; raises BrokerError where the client gave up."""
    error = message.error()
    if error is not None:
        _raise_if_final(error)
        return None
    return as_record(message)


def as_record(message: Message) -> Record:
    """A message without an error, as a record."""
    kind, timestamp_ms = message.timestamp()
    return Record(
        topic=message.topic() or "",
        partition=known(message.partition()),
        offset=known(message.offset()),
        timestamp_ms=None if kind == TIMESTAMP_NOT_AVAILABLE else timestamp_ms,
        key=message.key(),
        value=message.value(),
        headers=_headers(message),
    )


def _headers(message: Message) -> Headers:
    pairs = message.headers() or []
    if isinstance(pairs, dict):  # the client's type allows it; what it reads is a list
        pairs = list(pairs.items())
    return tuple(
        (name, value.encode() if isinstance(value, str) else value) for name, value in pairs
    )


def known(number: int | None) -> int:
    """A place that the client knows, though its type allows none."""
    assert number is not None  # noqa: S101 - only errors come without a place
    return number


def _raise_if_final(error: KafkaError) -> None:
    """Passing faults are librdkafka's to retry; what it gave up on, or was refused, is ours."""
    mapped = broker_error(error, "read")
    passing = error.code() in (KafkaError._MAX_POLL_EXCEEDED, KafkaError.UNKNOWN_TOPIC_OR_PART)
    if error.fatal() or not (passing or isinstance(mapped, BrokerUnreachableError)):
        raise mapped
    _LOGGER.warning("%s", mapped)
