"""The reader port over confluent-kafka's AdminClient.

One group a request and partitions in calls of 500, because a call is quadratic in its partitions
(12,000 in one: 1.2 s; in calls of 500: 0.2 s). Errors are looked at one by one.
"""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import Any

import numpy as np
from confluent_kafka import (
    IsolationLevel,
    KafkaError,
    KafkaException,
    TopicPartition,
)
from confluent_kafka.admin import (  # type: ignore[attr-defined] # documented, not in __all__
    OffsetSpec,
)

from monitor.errors import ClusterUnreachableError
from monitor.kafka.codes import NAME_NOT_CARRIED, NO_LEADER, NO_SUCH_CALL, SILENCE
from monitor.kafka.confluent import describe
from monitor.kafka.confluent.clients import admin_client
from monitor.kafka.confluent.commits import CommitRows
from monitor.kafka.confluent.futures import answer_of, code_of, in_flight
from monitor.kafka.confluent.group_offsets import group_offsets
from monitor.kafka.ports import (
    UNKNOWN,
    ClusterListing,
    CommitColumns,
    Edge,
    GroupListing,
    Int16s,
    Int64s,
    Membership,
    OffsetColumn,
    OpenTransaction,
    PartitionIndex,
    SizeColumn,
    TimedColumn,
    TopicDetail,
)

PARTITIONS_A_CALL = 500
CALLS_IN_FLIGHT = 8
GROUPS_IN_FLIGHT = 64

_SPEC = {
    Edge.LOG_START: (OffsetSpec.earliest(), IsolationLevel.READ_UNCOMMITTED),
    Edge.LOG_END: (OffsetSpec.latest(), IsolationLevel.READ_UNCOMMITTED),
    Edge.STABLE_END: (OffsetSpec.latest(), IsolationLevel.READ_COMMITTED),
}


class ConfluentReader:
    """A `ClusterReader`. `configuration` is librdkafka's, secrets resolved; not shared by fork.

    Raises ConfigurationError where librdkafka refuses it, for example a PEM text that is none.
    """

    # Coordinators that do not answer cost a time-out for each handful of their groups.
    groups_a_call = 128

    def __init__(self, configuration: Mapping[str, str], *, timeout_seconds: float) -> None:
        self._timeout_seconds = timeout_seconds
        self._servers = configuration["bootstrap.servers"]
        self._last_error = ""
        settings: dict[str, Any] = {
            # Outages are told once, by ClusterUnreachableError, not line by line on stderr.
            "log_level": 0,
            # A broker that comes back must be found within a tick.
            "reconnect.backoff.max.ms": 1000,
            "socket.connection.setup.timeout.ms": max(1000, int(timeout_seconds * 1000)),
            **configuration,
            "error_cb": self._note_error,
        }
        self._admin = admin_client(settings)

    def cluster(self) -> ClusterListing:
        try:
            metadata = self._admin.list_topics(timeout=self._timeout_seconds)
        except KafkaException as problem:
            raise self._unreachable(code_of(problem)) from problem
        return ClusterListing(
            kafka_cluster_id=metadata.cluster_id or "",
            broker_count=len(metadata.brokers),
            partitions=describe.partition_index(metadata.topics),
        )

    def groups(self) -> GroupListing:
        future = self._admin.list_consumer_groups(request_timeout=self._timeout_seconds)
        listing, code = self._answer(future)
        if listing is None or (listing.errors and not listing.valid):
            raise self._unreachable(code or int(listing.errors[0].code()))
        return describe.group_listing(listing)

    def commits(self, names: Sequence[str], partitions: PartitionIndex) -> CommitColumns:
        rows = CommitRows(partitions, len(names))
        found = group_offsets(
            self._admin, names, most=GROUPS_IN_FLIGHT, timeout_seconds=self._timeout_seconds
        )
        for index, commits, code in found:
            rows.add(index, commits, code)
        self._mark_strangers(names, rows)
        self._raise_if_silent(rows.group_error)
        return rows.columns()

    def offsets(self, positions: Int64s, partitions: PartitionIndex, edge: Edge) -> OffsetColumn:
        found = self._listed(positions, partitions, *_SPEC[edge])
        return OffsetColumn(found.offset, found.error)

    def first_since(
        self, positions: Int64s, partitions: PartitionIndex, since_ms: int
    ) -> TimedColumn:
        spec = OffsetSpec.for_timestamp(since_ms)
        return self._listed(positions, partitions, spec, IsolationLevel.READ_UNCOMMITTED)

    def _listed(
        self,
        positions: Int64s,
        partitions: PartitionIndex,
        spec: OffsetSpec,
        isolation: IsolationLevel,
    ) -> TimedColumn:
        offset = np.full(len(positions), UNKNOWN, dtype=np.int64)
        time_ms = offset.copy()
        error = np.where(partitions.has_leader[positions], 0, NO_LEADER).astype(np.int16)
        asked = np.flatnonzero(error == 0)
        calls = [asked[i : i + PARTITIONS_A_CALL] for i in range(0, len(asked), PARTITIONS_A_CALL)]
        sent = in_flight(
            calls,
            lambda rows: self._list(positions[rows], partitions, spec, isolation),
            most=CALLS_IN_FLIGHT,
        )
        for rows, futures in sent:
            for row, future in zip(rows, futures, strict=True):
                answer, error[row] = self._answer(future)
                if answer is not None:
                    offset[row], time_ms[row] = answer.offset, answer.timestamp
        self._raise_if_silent(error[asked])
        return TimedColumn(offset, time_ms, error)

    def log_sizes(self, positions: Int64s, partitions: PartitionIndex) -> SizeColumn:
        """Of none: librdkafka has no DescribeLogDirs."""
        return SizeColumn(
            np.full(len(positions), UNKNOWN, dtype=np.int64),
            np.full(len(positions), NO_SUCH_CALL, dtype=np.int16),
        )

    def open_transactions(
        self, positions: Int64s, partitions: PartitionIndex
    ) -> list[OpenTransaction]:
        """None: librdkafka has no DescribeProducers."""
        return []

    def memberships(self, names: Sequence[str]) -> dict[str, Membership]:
        return describe.memberships(self._admin, names, self._timeout_seconds)

    def topic_details(self, names: Sequence[str]) -> dict[str, TopicDetail]:
        return describe.topic_details(self._admin, names, self._timeout_seconds)

    def topic_codes(self, names: Sequence[str]) -> dict[str, int]:
        return describe.topic_codes(self._admin, names, self._timeout_seconds)

    def tells_timestamps(self, topic: str, partition: int) -> bool | None:
        """Asks for tomorrow: an honest broker has nothing; one that cannot tell names an offset."""
        tomorrow_ms = int((time.time() + 86_400) * 1000)
        asked = {TopicPartition(topic, partition): OffsetSpec.for_timestamp(tomorrow_ms)}
        futures = self._admin.list_offsets(asked, request_timeout=self._timeout_seconds)
        answer, code = self._answer(next(iter(futures.values())))
        return None if code else answer.offset < 0

    def close(self) -> None:
        self._admin.poll(0)
        del self._admin

    def _list(
        self,
        wanted: Int64s,
        partitions: PartitionIndex,
        spec: OffsetSpec,
        isolation: IsolationLevel,
    ) -> list["Future[Any]"]:
        names = partitions.topics
        topics, numbers = (
            partitions.topic_of[wanted].tolist(),
            partitions.number_of[wanted].tolist(),
        )
        asked = {TopicPartition(names[t], n): spec for t, n in zip(topics, numbers, strict=True)}
        futures = self._admin.list_offsets(
            asked, isolation_level=isolation, request_timeout=self._timeout_seconds
        )
        return list(futures.values())

    def _mark_strangers(self, names: Sequence[str], rows: CommitRows) -> None:
        """A listed group without a commit that nobody knows had its name cut in the listing."""
        bare = rows.without_commits()
        if not bare:
            return
        described = self.memberships([names[index] for index in bare])
        for index in bare:
            found = described.get(names[index])
            if found is not None and found.state == "Dead":
                rows.group_error[index] = NAME_NOT_CARRIED

    def _answer(self, future: "Future[Any]") -> tuple[Any, int]:
        # librdkafka keeps the time-out itself; ours only guards against a client that is stuck.
        return answer_of(future, self._timeout_seconds + 2)

    def _raise_if_silent(self, errors: Int16s) -> None:
        """Where no answer came at all, ask again: is it the cluster, or what was asked?"""
        if len(errors) and np.isin(errors, list(SILENCE)).all():
            self.cluster()

    def _unreachable(self, code: int) -> ClusterUnreachableError:
        self._admin.poll(0)
        why = self._last_error or KafkaError(code).str()
        return ClusterUnreachableError(f"No broker of {self._servers} answers: {why}.")

    def _note_error(self, error: KafkaError) -> None:
        # "All brokers are down" follows each cause and says less than it.
        if error.code() != KafkaError._ALL_BROKERS_DOWN or not self._last_error:
            self._last_error = error.str()
