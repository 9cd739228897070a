"""As `test_agreement`, of a cluster that has lost one of three brokers and what only it held."""

import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial

import numpy as np
import pytest
from confluent_kafka.admin import (  # type: ignore[attr-defined] # documented, not in __all__
    AdminClient,
    NewTopic,
)

from monitor.kafka.bulk.reader import BulkReader
from monitor.kafka.confluent.reader import ConfluentReader
from monitor.kafka.names import is_storable
from monitor.kafka.ports import ClusterReader, Edge
from monitor.lag.observe import COMMITS_TOPIC, list_all
from monitor.lag.reading import Edges, lag_of
from tests.contracts.coordinators import bring_up_coordinators
from tests.contracts.worlds import KafkaWorld
from tests.monitor.kafka.test_agreement import told_by_the_tool
from tests.monitor.kafka.three_brokers import NODES, commit_patiently, three_brokers
from tests.waiting import eventually

pytestmark = [pytest.mark.kafka_jars, pytest.mark.timeout(180)]

VICTIM = NODES[-1]
# On which brokers the partitions of each topic are; the first of `lost` goes with the victim.
TOPICS = {"lost": [[VICTIM], [NODES[0]]], "kept": [[VICTIM, NODES[1]], [NODES[1], VICTIM]]}
# Their names' hashes follow one another, so that each broker coordinates some.
GROUPS = tuple(f"g{number}" for number in range(9))

# By group, topic and partition: the commit, the log end and the lag; None is unknown.
Figures = dict[tuple[str, str, int], tuple[int | None, int | None, int | None]]


@dataclass(frozen=True)
class Left:
    """What is left of the cluster, the groups that it still lists, and the others."""

    servers: str
    readers: tuple[ClusterReader, ClusterReader]
    listed: tuple[str, ...]
    lost: tuple[str, ...]


def arrange(servers: str) -> None:
    admin, world = AdminClient({"bootstrap.servers": servers}), KafkaWorld(servers)
    assert eventually(
        lambda: len(admin.list_topics(timeout=5).brokers) == len(NODES), within_seconds=60
    )
    wanted = [NewTopic(name, 2, replica_assignment=places) for name, places in TOPICS.items()]
    for future in admin.create_topics(wanted).values():
        future.result(10)
    bring_up_coordinators(servers)
    places = [(topic, number) for topic in TOPICS for number in range(2)]
    for place in places:
        world.append(*place, 9)
    for group in GROUPS:
        commit_patiently(world, group, dict.fromkeys(places, 4))


def is_without_the_victim(reader: ClusterReader) -> bool:
    """Its session is over: the metadata names it no more, nor a leader of what only it held."""
    listing = reader.cluster()
    position = listing.partitions.position("lost", 0)
    assert position is not None
    has_leader = bool(listing.partitions.has_leader[position])
    return listing.broker_count == len(NODES) - 1 and not has_leader


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Left]:
    with three_brokers(tmp_path_factory.mktemp("lost"), copies_of_commits=1) as brokers:
        arrange(brokers.servers)
        properties = {"bootstrap.servers": brokers.servers}
        confluent = ConfluentReader(properties, timeout_seconds=5)
        with closing(BulkReader(properties, timeout_seconds=5, slow=confluent)) as bulk:
            brokers.children[VICTIM].kill()
            for reader in (confluent, bulk):
                assert eventually(partial(is_without_the_victim, reader), within_seconds=30)
            listed = {group.name for group in bulk.groups().groups}
            yield Left(
                brokers.servers,
                (confluent, bulk),
                tuple(name for name in GROUPS if name in listed),
                tuple(name for name in GROUPS if name not in listed),
            )


def figures(reader: ClusterReader, groups: Sequence[str]) -> Figures:
    index = reader.cluster().partitions
    read = reader.commits(groups, index)
    assert not read.group_error.any()
    assert not read.error.any()
    places, row = np.unique(read.partition, return_inverse=True)
    edges = Edges(*(reader.offsets(places, index, edge).offset[row] for edge in Edge))
    lag, _ = lag_of(read.offset, edges, read.error != 0)
    return {
        (groups[group], index.topics[index.topic_of[place]], int(index.number_of[place])): (
            known(committed),
            known(end),
            known(behind),
        )
        for group, place, committed, end, behind in zip(
            *(c.tolist() for c in (read.group, read.partition, read.offset, edges.log_end, lag)),
            strict=True,
        )
    }


def known(offset: int) -> int | None:
    return offset if offset >= 0 else None


def figures_of_the_tool(said: str) -> Figures:
    """It prints a dash for what it does not know."""
    line = re.compile(r"^(g\d) +(lost|kept) +(\d) +(\d+|-) +(\d+|-) +(\d+|-) +", re.M)
    return {
        (group, topic, int(partition)): (number(committed), number(end), number(lag))
        for group, topic, partition, committed, end, lag in line.findall(said)
    }


def number(printed: str) -> int | None:
    return None if printed == "-" else int(printed)


def test_all_agree_on_the_groups_that_are_left_and_on_a_partition_without_leader(
    left: Left,
) -> None:
    by_confluent, by_bulk = (figures(reader, left.listed) for reader in left.readers)
    assert by_bulk == by_confluent
    assert by_bulk == figures_of_the_tool(told_by_the_tool(left.servers))
    of_a_group = {place[1:]: told for place, told in by_bulk.items() if place[0] == left.listed[0]}
    assert of_a_group == {
        ("lost", 0): (4, None, None),
        ("lost", 1): (4, 9, 5),
        ("kept", 0): (4, 9, 5),
        ("kept", 1): (4, 9, 5),
    }


def test_a_group_whose_coordinator_is_away_is_an_error_to_both_and_to_the_tool(
    left: Left,
) -> None:
    assert left.lost
    for reader in left.readers:
        read = reader.commits(left.lost, reader.cluster().partitions)
        assert (read.group_error != 0).all()
        assert not len(read.offset)
    # The tool lists what the brokers list. Asked for the group by name, it gives up without a line.
    said = told_by_the_tool(left.servers, left.lost[:1], "--timeout", "5000")
    assert figures_of_the_tool(said) == {}


def test_a_listing_without_the_broker_is_partial_though_all_that_are_asked_answer(
    left: Left,
) -> None:
    for reader in left.readers:
        listed = list_all(reader, is_storable)
        assert sorted(listed.names) == sorted(left.listed)
        assert reader.groups().is_complete
        assert not listed.groups.is_complete
        assert COMMITS_TOPIC in listed.groups.errors[0]
