"""Two clusters that a test can arrange alike: a real one, and the in-memory twin."""

import socket
import struct
from collections.abc import Mapping, Sequence
from typing import Protocol

from confluent_kafka import (
    ConsumerGroupTopicPartitions,
    KafkaError,
    KafkaException,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import (  # type: ignore[attr-defined] # documented, not in __all__
    AdminClient,
    NewTopic,
)

from monitor.kafka.bulk.reader import BulkReader
from monitor.kafka.confluent.offsets import COORDINATOR_IS_ELSEWHERE
from monitor.kafka.confluent.reader import ConfluentReader
from monitor.kafka.memory import MemoryCluster, MemoryReader
from monitor.kafka.ports import ClusterReader
from tests.contracts.topics import create_topic
from tests.waiting import eventually


class World(Protocol):
    reader: ClusterReader

    def create_topic(self, name: str, partitions: int) -> None: ...

    def append(self, topic: str, partition: int, records: int) -> None: ...

    def append_at(self, topic: str, partition: int, times_ms: Sequence[int]) -> None: ...

    def delete_records(self, topic: str, partition: int, before: int) -> None: ...

    def commit(self, group: str, offsets: Mapping[tuple[str, int], int]) -> None: ...

    def open_transaction(self, topic: str, partition: int) -> None: ...


class MemoryWorld(MemoryCluster):
    def __init__(self) -> None:
        super().__init__()
        self.reader: ClusterReader = MemoryReader(self)

    def open_transaction(self, topic: str, partition: int) -> None:
        log = self.topics[topic][partition]
        log.open_since = log.log_end
        log.log_end += 1


class KafkaWorld:
    """A real cluster, read by librdkafka's client."""

    def __init__(self, bootstrap_servers: str) -> None:
        self._servers = bootstrap_servers
        self._admin = AdminClient({"bootstrap.servers": bootstrap_servers})
        self._producers: list[Producer] = []
        self.reader: ClusterReader = ConfluentReader(
            {"bootstrap.servers": bootstrap_servers}, timeout_seconds=5.0
        )

    def create_topic(self, name: str, partitions: int) -> None:
        create_topic(self._admin, NewTopic(name, partitions, 1))

    def append(self, topic: str, partition: int, records: int) -> None:
        # One record a batch: tansu gives the start of the last batch as the log's end.
        one_by_one = {"bootstrap.servers": self._servers, "batch.num.messages": 1}
        producer = Producer(one_by_one)
        for _ in range(records):
            producer.produce(topic, b"x", partition=partition)
        assert producer.flush(10) == 0

    def append_at(self, topic: str, partition: int, times_ms: Sequence[int]) -> None:
        producer = Producer({"bootstrap.servers": self._servers})
        for time_ms in times_ms:
            producer.produce(topic, b"x", partition=partition, timestamp=time_ms)
        assert producer.flush(10) == 0

    def delete_records(self, topic: str, partition: int, before: int) -> None:
        asked = [TopicPartition(topic, partition, before)]
        for future in self._admin.delete_records(asked).values():
            future.result(10)

    def commit(self, group: str, offsets: Mapping[tuple[str, int], int]) -> None:
        # Nobody else asks again while the group's coordinator is coming up.
        def is_done() -> bool:
            refused = self._refusals(group, offsets)
            assert refused <= COORDINATOR_IS_ELSEWHERE, refused
            return not refused

        assert eventually(is_done, within_seconds=20)

    def _refusals(self, group: str, offsets: Mapping[tuple[str, int], int]) -> set[int]:
        """Try to commit; the error codes of what was not."""
        # The client cuts names at NUL and refuses the empty one: those go over the bare protocol.
        if "\0" in group or not group:
            return {raw_commit(self._servers, group, offsets)} - {KafkaError.NO_ERROR}
        places = [TopicPartition(*place, offset) for place, offset in offsets.items()]
        asked = [ConsumerGroupTopicPartitions(group, places)]
        [future] = self._admin.alter_consumer_group_offsets(asked).values()
        try:
            answers = future.result(10).topic_partitions
        except KafkaException as problem:
            return {problem.args[0].code()}
        return {each.error.code() for each in answers if each.error}

    def open_transaction(self, topic: str, partition: int) -> None:
        producer = Producer({"bootstrap.servers": self._servers, "transactional.id": topic})
        producer.init_transactions(10)
        producer.begin_transaction()
        producer.produce(topic, b"x", partition=partition)
        producer.flush(10)
        self._producers.append(producer)  # or its end would abort the transaction


class BulkWorld(KafkaWorld):
    """A real cluster, read in bulk."""

    def __init__(self, bootstrap_servers: str) -> None:
        super().__init__(bootstrap_servers)
        self.reader = BulkReader(
            {"bootstrap.servers": bootstrap_servers}, timeout_seconds=5.0, slow=self.reader
        )


def raw_commit(servers: str, group: str, offsets: Mapping[tuple[str, int], int]) -> int:
    """OffsetCommit version 2, written out, for names that no client carries; its error code."""
    host, port = servers.split(",")[0].rsplit(":", 1)
    body = struct.pack(">hhih", 8, 2, 1, -1)  # api key, version, correlation, no client id
    body += _text(group) + struct.pack(">i", -1) + _text("") + struct.pack(">q", -1)
    body += struct.pack(">i", len(offsets))
    for (topic, partition), offset in offsets.items():
        body += _text(topic) + struct.pack(">iiq", 1, partition, offset) + _text("")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(struct.pack(">i", len(body)) + body)
        answer = connection.recv(4096)
    [code] = struct.unpack(">h", answer[-2:])
    return int(code)


def _text(value: str) -> bytes:
    encoded = value.encode()
    return struct.pack(">h", len(encoded)) + encoded
