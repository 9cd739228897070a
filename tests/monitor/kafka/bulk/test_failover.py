"""One of three brokers is killed: what it led is read from its new place, the rest all the time."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest
from confluent_kafka import KafkaException
from confluent_kafka.admin import (  # type: ignore[attr-defined] # documented, not in __all__
    AdminClient,
    NewTopic,
)

from monitor.kafka.bulk.reader import BulkReader
from monitor.kafka.confluent.reader import ConfluentReader
from monitor.kafka.ports import Bools, Edge
from tests.contracts.coordinators import bring_up_coordinators
from tests.contracts.worlds import KafkaWorld
from tests.monitor.kafka.three_brokers import NODES, three_brokers
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


def is_committed(world: KafkaWorld, group: str) -> bool:
    try:
        world.commit(group, {("t", number): 0 for number in range(PARTITIONS)})
    except TimeoutError:  # seen while the brokers make their coordinators
        return False
    return True


def readable(reader: BulkReader, names: list[str]) -> tuple[Bools, Bools]:
    """Which groups, and which partitions, one tick can read."""
    partitions = reader.cluster().partitions
    reader.groups()
    first = partitions.position("t", 0)
    assert first is not None
    places = np.arange(first, first + PARTITIONS)
    commits = reader.commits(names, partitions)
    ends = reader.offsets(places, partitions, Edge.LOG_END)
    return commits.group_error == 0, ends.error == 0


def test_a_killed_brokers_groups_and_partitions_are_read_from_their_new_places(
    tmp_path: Path,
) -> None:
    with three_brokers(tmp_path) as brokers:
        make_topic(brokers.servers)
        bring_up_coordinators(brokers.servers)
        world = KafkaWorld(brokers.servers)
        names = [f"g{number}" for number in range(GROUPS)]
        for name in names:
            assert eventually(partial(is_committed, world, name), within_seconds=60)
        properties = {"bootstrap.servers": brokers.servers}
        slow = ConfluentReader(properties, timeout_seconds=5)
        reader = BulkReader(properties, timeout_seconds=5, slow=slow)
        assert eventually(
            lambda: all(some.all() for some in readable(reader, names)), within_seconds=30
        )
        homes = np.array([reader._placement.coordinators[name] for name in names])
        victim = next(node for node in NODES[1:] if (homes == node).any())
        brokers.children[victim].kill()
        groups, partitions = readable(reader, names)
        assert groups[homes != victim].all()
        assert np.count_nonzero(~partitions) <= PARTITIONS // 3
        assert eventually(
            lambda: all(some.all() for some in readable(reader, names)),
            within_seconds=2 * TICK_SECONDS,
        )
        homes_now = {reader._placement.coordinators[name] for name in names}
        assert victim not in homes_now
        reader.close()
