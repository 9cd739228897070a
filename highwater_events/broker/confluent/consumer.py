"""The consumer over librdkafka: manual commits, cooperative rebalancing."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from confluent_kafka import TIMESTAMP_NOT_AVAILABLE, KafkaError, KafkaException, Message
from confluent_kafka import Consumer as Client
from confluent_kafka import TopicPartition as ClientPartition

from highwater_events.broker.base import (
    Headers,
    RebalanceListener,
    Record,
    TopicPartition,
)
from highwater_events.broker.confluent.mapping import broker_error
from highwater_events.errors import BrokerUnreachableError, FencedError

_LOGGER = logging.getLogger(__name__)

_DEFAULTS = {
    "auto.offset.reset": "earliest",
    "partition.assignment.strategy": "cooperative-sticky",
    # How long a commit waits for a coordinator is the session's length; a drain needs an answer.
    "session.timeout.ms": 10_000,
    "heartbeat.interval.ms": 2_000,
}
_PROMISES = {"enable.auto.commit": False, "enable.auto.offset.store": False}


class ConfluentConsumer:
    """A member of a consumer group. Never commits by itself; not shared between threads."""

    def __init__(self, properties: Mapping[str, Any], logger: logging.Logger) -> None:
        self._client = Client({**_DEFAULTS, **properties, **_PROMISES}, logger=logger)
        self._listener: RebalanceListener | None = None
        self._owned: set[TopicPartition] = set()
        self._gone: set[TopicPartition] = set()

    def subscribe(self, topics: Sequence[str], listener: RebalanceListener) -> None:
        self._listener = listener
        self._client.subscribe(
            list(topics),
            on_assign=self._on_assign,
            on_revoke=self._on_revoke,
            on_lost=self._on_lost,
        )

    def poll(self, timeout_seconds: float, *, max_records: int = 500) -> list[Record]:
        first = self._client.poll(timeout_seconds)
        if first is None:
            return []
        self._gone.clear()
        # `consume` waits for a full batch, so it only takes what is there already.
        rest = self._client.consume(max_records - 1, 0.0) if max_records > 1 else []
        records = [record for message in (first, *rest) if (record := _record(message))]
        # A rebalance inside `consume` may have taken the first record's partition away again.
        return [each for each in records if (each.topic, each.partition) not in self._gone]

    def assignment(self) -> frozenset[TopicPartition]:
        return frozenset(self._owned)

    def pause(self, partitions: Iterable[TopicPartition]) -> None:
        self._client.pause(_client_partitions(self._owned & set(partitions)))

    def resume(self, partitions: Iterable[TopicPartition]) -> None:
        self._client.resume(_client_partitions(self._owned & set(partitions)))

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self._require_owned([partition])
        try:
            self._client.seek(ClientPartition(*partition, offset))
        except KafkaException as problem:
            raise broker_error(problem.args[0], f"seek in {partition}") from problem

    def log_end(self, partition: TopicPartition) -> int | None:
        if partition not in self._owned:
            return None
        bounds = self._client.get_watermark_offsets(ClientPartition(*partition), cached=True)
        return bounds[1] if bounds and bounds[1] >= 0 else None

    def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Raises BrokerUnreachableError also while the group rebalances: commit after a poll."""
        if not offsets:
            return
        self._require_owned(offsets)
        wanted = [ClientPartition(*partition, offset) for partition, offset in offsets.items()]
        try:
            answers = self._client.commit(offsets=wanted, asynchronous=False)
        except KafkaException as problem:
            raise broker_error(problem.args[0], "commit offsets") from problem
        for answer in answers or []:
            if answer.error is not None:
                raise broker_error(answer.error, f"commit {answer.topic} {answer.partition}")

    def close(self) -> None:
        self._listener = None
        self._owned.clear()
        self._client.close()

    def _require_owned(self, partitions: Iterable[TopicPartition]) -> None:
        strange = sorted(set(partitions) - self._owned)
        if strange:
            raise FencedError(f"Not this member's partitions (any more): {strange}.")

    def _on_assign(self, client: Client, partitions: list[ClientPartition]) -> None:
        assigned = _our_partitions(partitions)
        self._owned.update(assigned)
        if self._listener and assigned:
            self._listener.on_assigned(assigned)

    def _on_revoke(self, client: Client, partitions: list[ClientPartition]) -> None:
        revoked = _our_partitions(partitions)
        if self._listener and revoked:
            self._listener.on_revoked(revoked)
        self._forget(revoked)

    def _on_lost(self, client: Client, partitions: list[ClientPartition]) -> None:
        lost = _our_partitions(partitions)
        self._forget(lost)
        if self._listener and lost:
            self._listener.on_lost(lost)

    def _forget(self, partitions: Iterable[TopicPartition]) -> None:
        self._owned.difference_update(partitions)
        self._gone.update(partitions)


def _our_partitions(partitions: Iterable[ClientPartition]) -> list[TopicPartition]:
    return sorted(TopicPartition(each.topic, each.partition) for each in partitions)


def _client_partitions(partitions: Iterable[TopicPartition]) -> list[ClientPartition]:
    return [ClientPartition(*each) for each in partitions]


def _record(message: Message) -> Record | None:
    error = message.error()
    if error is not None:
        _raise_if_final(error)
        return None
    kind, timestamp_ms = message.timestamp()
    return Record(
        topic=message.topic() or "",
        partition=_known(message.partition()),
        offset=_known(message.offset()),
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


def _known(number: int | None) -> int:
    assert number is not None  # noqa: S101 - only errors come without a place
    return number


def _raise_if_final(error: KafkaError) -> None:
    """Passing faults are librdkafka's to retry; what it gave up on, or was refused, is ours."""
    mapped = broker_error(error, "read")
    passing = error.code() in (KafkaError._MAX_POLL_EXCEEDED, KafkaError.UNKNOWN_TOPIC_OR_PART)
    if error.fatal() or not (passing or isinstance(mapped, BrokerUnreachableError)):
        raise mapped
    _LOGGER.warning("%s", mapped)
