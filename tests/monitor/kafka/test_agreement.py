"""Both adapters and Kafka's own tool read the same figures of a cluster at rest."""

import os
import re
import subprocess
from collections.abc import Iterable, Iterator

import numpy as np
import pytest
from confluent_kafka import Consumer, TopicPartition

from monitor.kafka.bulk.reader import BulkReader
from monitor.kafka.confluent.reader import ConfluentReader
from monitor.kafka.ports import ClusterReader, Edge
from quickstart import java
from tests.contracts.worlds import KafkaWorld

pytestmark = [pytest.mark.apache_kafka, pytest.mark.kafka_jars, pytest.mark.timeout(180)]

Figures = dict[tuple[str, str, int], tuple[int, int]]
TOOL = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"


@pytest.fixture
def world(bootstrap_servers: str, unique: str) -> KafkaWorld:
    """Partitions with the commit within, below and beyond the log, and at an open transaction."""
    world = KafkaWorld(bootstrap_servers)
    for number in range(3):
        world.create_topic(f"{unique}-{number}", 4)
        for partition in range(4):
            world.append(f"{unique}-{number}", partition, 6)
    world.delete_records(f"{unique}-1", 0, 5)
    world.open_transaction(f"{unique}-2", 3)
    world.commit(f"{unique}-within", {(f"{unique}-0", p): p + 1 for p in range(4)})
    world.commit(f"{unique}-below", {(f"{unique}-1", 0): 2, (f"{unique}-0", 1): 6})
    world.commit(f"{unique}-beyond", {(f"{unique}-1", 1): 60})
    world.commit(f"{unique}-open", {(f"{unique}-2", 3): 6})
    world.commit(f"{unique} <b>&/?#%2F", {(f"{unique}-0", 3): 5})
    return world


@pytest.fixture
def readers(bootstrap_servers: str) -> Iterator[tuple[ClusterReader, ClusterReader]]:
    properties = {"bootstrap.servers": bootstrap_servers}
    confluent = ConfluentReader(properties, timeout_seconds=20)
    bulk = BulkReader(properties, timeout_seconds=20, slow=confluent)
    yield confluent, bulk
    bulk.close()


def figures(reader: ClusterReader, prefix: str) -> Figures:
    """Commit and log end of every partition of the groups of this test."""
    index = reader.cluster().partitions
    names = sorted(one.name for one in reader.groups().groups if one.name.startswith(prefix))
    read = reader.commits(names, index)
    assert not read.group_error.any()
    places, row = np.unique(read.partition, return_inverse=True)
    ends = reader.offsets(places, index, Edge.LOG_END)
    assert not ends.error.any()
    return {
        (names[group], index.topics[index.topic_of[place]], int(index.number_of[place])): (
            committed,
            end,
        )
        for group, place, committed, end in zip(
            *(c.tolist() for c in (read.group, read.partition, read.offset, ends.offset[row])),
            strict=True,
        )
    }


def told_by_the_tool(servers: str, groups: Iterable[str] = (), *more: str) -> str:
    """What `kafka-consumer-groups --describe` prints of these groups only, or of all.

    Of all it gives up where one has the empty name.
    """
    program = java.find_java(os.environ)
    assert program is not None
    classes = f"{java.jars_folder(os.environ)}/*"
    words = [str(program), "-Xmx128m", "-cp", classes, TOOL, "--bootstrap-server", servers]
    named = [word for group in groups for word in ("--group", group)] or ["--all-groups"]
    return subprocess.run(
        [*words, "--describe", *named, *more], capture_output=True, text=True, timeout=120
    ).stdout


def figures_of_the_tool(
    servers: str, prefix: str, groups: Iterable[str] = (), *more: str
) -> Figures:
    """Its lines are cut by spaces.

    It prints a dash for the commit of partitions that have none: they are not taken.
    """
    line = re.compile(rf"^({prefix}.*?) +({prefix}\S*) +(\d+) +(\d+) +(\d+) +", re.M)
    return {
        (group, topic, int(partition)): (int(committed), int(end))
        for group, topic, partition, committed, end in line.findall(
            told_by_the_tool(servers, groups, *more)
        )
    }


def test_the_adapters_and_kafkas_own_tool_agree(
    world: KafkaWorld, readers: tuple[ClusterReader, ClusterReader], unique: str
) -> None:
    confluent, bulk = readers
    by_bulk = figures(bulk, unique)
    assert len(by_bulk) == 9
    groups = sorted({group for group, _, _ in by_bulk})
    assert by_bulk == figures(confluent, unique)
    assert by_bulk == figures_of_the_tool(os.environ["HIGHWATER_KAFKA"], unique, groups)


def test_the_adapters_agree_on_every_edge_state_and_kind(
    world: KafkaWorld, readers: tuple[ClusterReader, ClusterReader], unique: str
) -> None:
    confluent, bulk = readers
    one, other = confluent.cluster(), bulk.cluster()
    assert one.partitions.topics == other.partitions.topics
    assert (one.kafka_cluster_id, one.broker_count) == (other.kafka_cluster_id, other.broker_count)
    mine = [t for t, name in enumerate(one.partitions.topics) if name.startswith(unique)]
    positions = np.flatnonzero(np.isin(one.partitions.topic_of, mine))
    for edge in Edge:
        by_one = confluent.offsets(positions, one.partitions, edge)
        by_other = bulk.offsets(positions, other.partitions, edge)
        assert by_one.offset.tolist() == by_other.offset.tolist()
    listed = [
        {group for group in reader.groups().groups if group.name.startswith(unique)}
        for reader in readers
    ]
    assert listed[0] == listed[1]
    assert len(listed[0]) == 5


def test_commits_with_metadata_and_without_are_read_alike(
    bootstrap_servers: str, readers: tuple[ClusterReader, ClusterReader], unique: str
) -> None:
    world = KafkaWorld(bootstrap_servers)
    world.create_topic(unique, 3)
    consumer = Consumer({"bootstrap.servers": bootstrap_servers, "group.id": unique})
    places = [TopicPartition(unique, 0, 4), TopicPartition(unique, 1, 5, "streams' own words")]
    consumer.commit(offsets=[*places, TopicPartition(unique, 2, 6)], asynchronous=False)
    consumer.close()
    confluent, bulk = readers
    found = figures(bulk, unique)
    assert sorted(committed for committed, _ in found.values()) == [4, 5, 6]
    assert found == figures(confluent, unique)
