"""What every `ClusterReader` says of topics that the account may not describe."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from confluent_kafka.admin import (  # type: ignore[attr-defined] # documented, not in __all__
    ResourceType,
)

from monitor.kafka.bulk.reader import BulkReader
from monitor.kafka.codes import FORBIDDEN_TOPIC, INVALID_TOPIC, NO_SUCH_TOPIC
from monitor.kafka.confluent.reader import ConfluentReader
from monitor.kafka.memory import MemoryCluster, MemoryReader
from monitor.kafka.ports import UNKNOWN, ClusterReader, Edge
from tests.contracts.worlds import KafkaWorld, MemoryWorld, World
from tests.monitor.kafka.acls import acl, allow, forbid, login
from tests.monitor.kafka.own_broker import SaslBroker, sasl_broker
from tests.waiting import eventually

pytestmark = pytest.mark.timeout(120)

REAL = [pytest.param(name, marks=pytest.mark.kafka_jars) for name in ("confluent", "bulk")]
WHOEVER_NAMES_A_TOPIC_MAKES_IT = "auto.create.topics.enable=true\n"


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SaslBroker]:
    folder, more = tmp_path_factory.mktemp("forbidden"), WHOEVER_NAMES_A_TOPIC_MAKES_IT
    with sasl_broker(folder, has_acls=True, more_properties=more) as started:
        allow(started, acl(ResourceType.GROUP, "*"))
        yield started


class Guarded:
    """A world whose reader may describe some topics only."""

    def __init__(self, world: World, forbid: Callable[[str], None]) -> None:
        self.world, self.forbid = world, forbid

    @property
    def reader(self) -> ClusterReader:
        return self.world.reader


def in_memory(names: list[str]) -> Guarded:
    world = MemoryWorld()
    world.forbidden.add(names[-1])
    return Guarded(world, world.forbidden.add)


def on(broker: SaslBroker, adapter: str, names: list[str]) -> Guarded:
    """The last of the names is nobody's to describe."""
    allow(broker, *(acl(ResourceType.TOPIC, name) for name in names[:-1]))
    world = KafkaWorld(broker.open_servers)
    world.reader = reader_of(adapter, {"bootstrap.servers": broker.sasl_servers, **login()})
    codes = dict.fromkeys(names[:-1], NO_SUCH_TOPIC)
    assert eventually(lambda: world.reader.topic_codes(names[:-1]) == codes)

    def forbid_and_wait(topic: str) -> None:
        forbid(broker, topic)
        told = {topic: FORBIDDEN_TOPIC}
        assert eventually(lambda: world.reader.topic_codes([topic]) == told)

    return Guarded(world, forbid_and_wait)


def reader_of(adapter: str, properties: dict[str, str]) -> ClusterReader:
    confluent = ConfluentReader(properties, timeout_seconds=5)
    if adapter == "confluent":
        return confluent
    return BulkReader(properties, timeout_seconds=5, slow=confluent)


@pytest.fixture
def names(unique: str) -> list[str]:
    """There, there until forbidden, never made, and never made and forbidden."""
    return [f"{unique}-{part}" for part in ("there", "secret", "absent", "unheard")]


@pytest.fixture(params=["memory", *REAL])
def guarded(request: pytest.FixtureRequest, names: list[str]) -> Guarded:
    """A group of the first name has commits in two topics, one of them about to be forbidden."""
    if request.param == "memory":
        made = in_memory(names)
    else:
        made = on(request.getfixturevalue("broker"), request.param, names)
    for name in names[:2]:
        made.world.create_topic(name, 2)
        made.world.append(name, 0, 7)
    made.world.commit(names[0], {(names[0], 0): 3, (names[1], 0): 4})
    return made


def test_a_forbidden_topic_is_not_listed_and_its_name_tells_it_from_one_that_is_gone(
    guarded: Guarded, names: list[str]
) -> None:
    there, secret, absent, unheard = names
    assert {there, secret} <= set(guarded.reader.cluster().partitions.topics)
    guarded.forbid(secret)
    listed = guarded.reader.cluster().partitions.topics
    assert [name for name in names if name in listed] == [there]
    assert guarded.reader.topic_codes(names) == {
        there: 0,
        secret: FORBIDDEN_TOPIC,
        absent: NO_SUCH_TOPIC,
        unheard: FORBIDDEN_TOPIC,
    }


def test_commits_in_a_forbidden_topic_are_left_out_without_an_error(
    guarded: Guarded, names: list[str]
) -> None:
    index = guarded.reader.cluster().partitions
    guarded.forbid(names[1])
    read = guarded.reader.commits([names[0]], index)
    assert read.group_error.tolist() == [0]
    assert read.partition.tolist() == [index.position(names[0], 0)]
    assert read.offset.tolist() == [3]


def test_a_topic_forbidden_after_it_was_listed_has_no_ends_and_says_why(
    guarded: Guarded, names: list[str]
) -> None:
    index = guarded.reader.cluster().partitions
    places = np.array([index.position(name, 0) for name in names[:2]], dtype=np.int64)
    guarded.forbid(names[1])
    for edge in Edge:
        read = guarded.reader.offsets(places, index, edge)
        assert read.error.tolist() == [0, FORBIDDEN_TOPIC]
        assert read.offset[1] == UNKNOWN


def test_partitions_of_topics_behind_the_catalogue_are_not_asked_for(
    guarded: Guarded, names: list[str]
) -> None:
    guarded.forbid(names[1])
    listed = guarded.reader.cluster().partitions
    index = listed.with_topics({names[1]: 2, names[2]: 1})
    assert len(index) == len(listed) + 3
    places = np.array([index.position(name, 0) for name in names[:3]], dtype=np.int64)
    assert places[1:].tolist() == [len(listed), len(listed) + 2]
    read = guarded.reader.offsets(places, index, Edge.LOG_END)
    assert read.offset.tolist() == [7, UNKNOWN, UNKNOWN]
    assert (read.error == 0).tolist() == [True, False, False]


@pytest.mark.kafka_jars
@pytest.mark.parametrize("adapter", ["confluent", "bulk"])
def test_asking_for_a_topic_by_its_name_does_not_create_it(
    broker: SaslBroker, adapter: str, unique: str
) -> None:
    reader = reader_of(adapter, {"bootstrap.servers": broker.open_servers})
    assert reader.topic_codes([unique]) == {unique: NO_SUCH_TOPIC}
    assert reader.topic_codes([unique]) == {unique: NO_SUCH_TOPIC}
    assert unique not in reader.cluster().partitions.topics


@pytest.mark.kafka_jars
def test_a_name_that_the_client_cannot_carry_is_no_topics(broker: SaslBroker) -> None:
    reader = reader_of("confluent", {"bootstrap.servers": broker.open_servers})
    names = ["", "a\0b", "\udcff"]
    assert reader.topic_codes(names) == dict.fromkeys(names, INVALID_TOPIC)
    assert reader.topic_details(names) == {}
    assert reader.memberships(names) == {}


def test_a_broker_that_does_not_answer_says_nothing_of_any_topic() -> None:
    reader = ConfluentReader({"bootstrap.servers": "127.0.0.1:1"}, timeout_seconds=0.3)
    names = [f"t{number}" for number in range(500)]
    codes = reader.topic_codes(names)
    assert codes.keys() == set(names)
    assert not set(codes.values()) & {0, NO_SUCH_TOPIC, INVALID_TOPIC, FORBIDDEN_TOPIC}


def test_the_twin_forbids_names_that_it_does_not_have() -> None:
    reader = MemoryReader(MemoryCluster(forbidden={"t"}))
    assert reader.topic_codes(["t", "u"]) == {"t": FORBIDDEN_TOPIC, "u": NO_SUCH_TOPIC}
