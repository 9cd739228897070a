"""The consumer over librdkafka: manual commits, cooperative rebalancing."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from confluent_kafka import Consumer as Client
from confluent_kafka import KafkaException
from confluent_kafka import TopicPartition as ClientPartition

from highwater_events.broker.base import RebalanceListener, Record, TopicPartition
from highwater_events.broker.confluent.commit import CommitThread
from highwater_events.broker.confluent.mapping import broker_error
from highwater_events.broker.confluent.records import record_of
from highwater_events.errors import BrokerUnreachableError, FencedError

_DEFAULTS = {
    "auto.offset.reset": "earliest",
    "partition.assignment.strategy": "cooperative-sticky",
    # Short, so that the partitions of a member that died are soon read again.
    "session.timeout.ms": 10_000,
    "heartbeat.interval.ms": 2_000,
}
_PROMISES = {"enable.auto.commit": False, "enable.auto.offset.store": False}
_COMMIT_SECONDS = 5.0
_UNANSWERED = "A commit is still unanswered. Poll on, and commit again later."


class ConfluentConsumer:
    """A member of a consumer group. Never commits by itself; not shared between threads.

    While a commit goes unanswered the client answers nothing else either, so that this one stands
    still with it: polls return nothing in time, what must ask the broker is unreachable.
    """

    def __init__(self, properties: Mapping[str, Any], logger: logging.Logger) -> None:
        self._client = Client({**_DEFAULTS, **properties, **_PROMISES}, logger=logger)
        self._listener: RebalanceListener | None = None
        self._owned: set[TopicPartition] = set()
        self._gone: set[TopicPartition] = set()
        self._wanted_paused: set[TopicPartition] = set()
        self._paused: set[TopicPartition] = set()
        self._commit: CommitThread | None = None
        self._is_in_callback = False

    def subscribe(self, topics: Sequence[str], listener: RebalanceListener) -> None:
        self._listener = listener
        self._client.subscribe(
            list(topics),
            on_assign=self._on_assign,
            on_revoke=self._on_revoke,
            on_lost=self._on_lost,
        )

    def poll(self, timeout_seconds: float, *, max_records: int = 500) -> list[Record]:
        if self._is_standing_still(timeout_seconds):
            return []
        self._apply_pauses()
        first = self._client.poll(timeout_seconds)
        if first is None:
            return []
        self._gone.clear()
        # `consume` waits for a full batch, so it only takes what is there already.
        rest = self._client.consume(max_records - 1, 0.0) if max_records > 1 else []
        found = [record for message in (first, *rest) if (record := record_of(message))]
        # A rebalance inside `consume` may have taken the first record's partition away again.
        return [each for each in found if (each.topic, each.partition) not in self._gone]

    def assignment(self) -> frozenset[TopicPartition]:
        return frozenset(self._owned)

    def pause(self, partitions: Iterable[TopicPartition]) -> None:
        self._wanted_paused |= self._owned & set(partitions)
        self._apply_pauses()

    def resume(self, partitions: Iterable[TopicPartition]) -> None:
        self._wanted_paused.difference_update(partitions)
        self._apply_pauses()

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self._require_owned([partition])
        if self._is_standing_still():
            raise BrokerUnreachableError(_UNANSWERED)
        try:
            self._client.seek(ClientPartition(*partition, offset))
        except KafkaException as problem:
            raise broker_error(problem.args[0], f"seek in {partition}") from problem

    def log_end(self, partition: TopicPartition) -> int | None:
        if partition not in self._owned or self._is_standing_still():
            return None
        bounds = self._client.get_watermark_offsets(ClientPartition(*partition), cached=True)
        return bounds[1] if bounds and bounds[1] >= 0 else None

    def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Waits 5 s at most. Raises BrokerUnreachableError also while the group rebalances."""
        if not offsets:
            return
        self._require_owned(offsets)
        if self._is_standing_still():
            raise BrokerUnreachableError(_UNANSWERED)
        commit = CommitThread(self._client, offsets)
        if self._is_in_callback:
            # The client lets no other thread in here, and a coordinator has just answered.
            commit.run()
        else:
            commit.start()
            commit.join(_COMMIT_SECONDS)
        if commit.is_alive():
            self._commit = commit
            raise BrokerUnreachableError(_UNANSWERED)
        commit.raise_error()

    def close(self) -> None:
        self._listener = None
        self._owned.clear()
        # Closing would wait for the answer; without a member that polls, the group goes on anyway.
        if not self._is_standing_still():
            self._client.close()

    def _is_standing_still(self, timeout_seconds: float = 0.0) -> bool:
        """Whether a commit is still unanswered, after waiting so long for the answer."""
        if self._commit is not None:
            self._commit.join(timeout_seconds)
            if self._commit.is_alive():
                return True
            self._commit = None
        return False

    def _apply_pauses(self) -> None:
        if self._is_standing_still():
            return
        self._client.pause(_client_partitions(self._wanted_paused - self._paused))
        self._client.resume(_client_partitions(self._paused - self._wanted_paused))
        self._paused = set(self._wanted_paused)

    def _require_owned(self, partitions: Iterable[TopicPartition]) -> None:
        strange = sorted(set(partitions) - self._owned)
        if strange:
            raise FencedError(f"Not this member's partitions (any more): {strange}.")

    def _on_assign(self, client: Client, partitions: list[ClientPartition]) -> None:
        assigned = _our_partitions(partitions)
        self._owned.update(assigned)
        if self._listener and assigned:
            self._call(self._listener.on_assigned, assigned)

    def _on_revoke(self, client: Client, partitions: list[ClientPartition]) -> None:
        revoked = _our_partitions(partitions)
        if self._listener and revoked:
            self._call(self._listener.on_revoked, revoked)
        self._forget(revoked)

    def _on_lost(self, client: Client, partitions: list[ClientPartition]) -> None:
        lost = _our_partitions(partitions)
        self._forget(lost)
        if self._listener and lost:
            self._call(self._listener.on_lost, lost)

    def _call(
        self, tell: Callable[[Sequence[TopicPartition]], None], partitions: list[TopicPartition]
    ) -> None:
        self._is_in_callback = True
        try:
            tell(partitions)
        finally:
            self._is_in_callback = False

    def _forget(self, partitions: Iterable[TopicPartition]) -> None:
        for known in (self._owned, self._wanted_paused, self._paused):
            known.difference_update(partitions)
        self._gone.update(partitions)


def _our_partitions(partitions: Iterable[ClientPartition]) -> list[TopicPartition]:
    return sorted(TopicPartition(each.topic, each.partition) for each in partitions)


def _client_partitions(partitions: Iterable[TopicPartition]) -> list[ClientPartition]:
    return [ClientPartition(*each) for each in partitions]
