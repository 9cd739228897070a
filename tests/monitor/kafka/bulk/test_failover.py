"""One of three brokers is killed: what it led is read from its new place, the rest all the time."""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from confluent_kafka import KafkaError, KafkaException, Message, Producer
from confluent_kafka.admin import (  # type: ignore[attr-defined] # documented, not in __all__
    AdminClient,
    NewTopic,
)

from monitor.kafka.bulk.reader import BulkReader
from monitor.kafka.confluent.reader import ConfluentReader
from monitor.kafka.ports import Bools, Edge, Int32s, Int64s, PartitionIndex
from tests.contracts.coordinators import bring_up_coordinators
from tests.contracts.worlds import KafkaWorld
from tests.monitor.kafka.three_brokers import NODES, commit_patiently, three_brokers
from tests.waiting import eventually

pytestmark = [pytest.mark.kafka_jars, pytest.mark.timeout(180)]

PARTITIONS, GROUPS = 12, 24
TICK_SECONDS = 10


def make_topic(servers: str) -> None:
    admin = AdminClient({"bootstrap.servers": servers})

    def is_made() -> bool:
        """Not before all brokers have joined."""
        try:
            [future] = admin.create_topics([NewTopic("t", PARTITIONS, 3)]).values()
            future.result(10)
        except KafkaException:
            return False
        return True

    assert eventually(is_made, within_seconds=60)


@contextmanager
def traffic(servers: str) -> Iterator[Counter[int]]:
    """Records to every partition all the time; what was acknowledged of each is counted."""
    written: Counter[int] = Counter()
    is_over = Event()

    def note(problem: KafkaError | None, message: Message) -> None:
        number = message.partition()
        if problem is None and number is not None:
            written[number] += 1

    def produce() -> None:
        # Idempotent, so what is asked for again after the kill stands once.
        producer = Producer({"bootstrap.servers": servers, "enable.idempotence": True})
        for number in cycle(range(PARTITIONS)):
            producer.produce("t", b"x", partition=number, on_delivery=note)
            producer.poll(0)
            if is_over.wait(0.005):
                break
        assert producer.flush(30) == 0

    with ThreadPoolExecutor(1) as pool:
        producing = pool.submit(produce)
        try:
            yield written
        finally:
            is_over.set()
            producing.result()


def ends(reader: BulkReader) -> dict[int, int]:
    partitions = reader.cluster().partitions
    found = reader.offsets(_places(partitions), partitions, Edge.LOG_END)
    return dict(enumerate(found.offset.tolist()))


def leaders(reader: BulkReader) -> Int32s:
    partitions = reader.cluster().partitions
    return reader._placement.leaders(partitions)[_places(partitions)]


def _places(partitions: PartitionIndex) -> Int64s:
    first = partitions.position("t", 0)
    assert first is not None
    return np.arange(first, first + PARTITIONS)


def readable(reader: BulkReader, names: list[str]) -> tuple[Bools, Bools]:
    """Which groups, and which partitions, one tick can read."""
    partitions = reader.cluster().partitions
    reader.groups()
    commits = reader.commits(names, partitions)
    found = reader.offsets(_places(partitions), partitions, Edge.LOG_END)
    return commits.group_error == 0, found.error == 0


def test_a_killed_brokers_groups_and_partitions_are_read_from_their_new_places(
    tmp_path: Path,
) -> None:
    with three_brokers(tmp_path) as brokers:
        make_topic(brokers.servers)
        bring_up_coordinators(brokers.servers)
        world = KafkaWorld(brokers.servers)
        names = [f"g{number}" for number in range(GROUPS)]
        for name in names:
            commit_patiently(world, name, {("t", number): 0 for number in range(PARTITIONS)})
        properties = {"bootstrap.servers": brokers.servers}
        slow = ConfluentReader(properties, timeout_seconds=5)
        reader = BulkReader(properties, timeout_seconds=5, slow=slow)
        assert eventually(
            lambda: all(some.all() for some in readable(reader, names)), within_seconds=30
        )
        homes = np.array([reader._placement.coordinators[name] for name in names])
        victim = next(node for node in NODES[1:] if (homes == node).any())
        led = leaders(reader) == victim
        with traffic(brokers.servers) as written:
            assert eventually(lambda: len(written) == PARTITIONS)
            brokers.children[victim].kill()
            killed_at = time.monotonic()
            while True:
                groups, partitions = readable(reader, names)
                assert groups[homes != victim].all()
                assert partitions[~led].all()
                if groups.all() and partitions.all():
                    break
                time.sleep(0.5)
            # Killed right after a tick: the next but one comes no later.
            assert time.monotonic() - killed_at < 2 * TICK_SECONDS
            before = dict(written)
            assert eventually(lambda: all(written[one] > before[one] for one in before))
        assert ends(reader) == written
        homes_now = {reader._placement.coordinators[name] for name in names}
        assert victim not in homes_now
        reader.close()
