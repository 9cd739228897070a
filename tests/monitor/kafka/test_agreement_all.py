"""As `test_agreement`, of all groups of a broker that holds the rows of the reading table."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined] # documented, not in __all__
    AdminClient,
    ResourceType,
)
from confluent_kafka.cimpl import NewPartitions, NewTopic

from monitor.kafka.bulk.reader import BulkReader
from monitor.kafka.confluent.reader import ConfluentReader
from tests.contracts.worlds import KafkaWorld
from tests.monitor.kafka.acls import acl, allow, login
from tests.monitor.kafka.own_broker import PASSWORD, USER, SaslBroker, sasl_broker
from tests.monitor.kafka.test_agreement import Figures, figures, figures_of_the_tool
from tests.waiting import eventually

pytestmark = [pytest.mark.apache_kafka, pytest.mark.kafka_jars, pytest.mark.timeout(240)]

FORBIDDEN = "every-plain"
TOPICS = ("grown", "plain", "recreated", "deleted", "transacted", "empty")
MEMBERLESS = 100


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[SaslBroker]:
    """No test before left a group of the empty name here."""
    with sasl_broker(tmp_path, has_acls=True) as started:
        yield started


@pytest.fixture
def consumers() -> Iterator[ExitStack]:
    """They stay in their groups until the test is over."""
    with ExitStack() as held:
        yield held


def arrange(servers: str) -> None:
    """Commits below, within and beyond logs; topics grown, deleted and created again."""
    world, admin = KafkaWorld(servers), AdminClient({"bootstrap.servers": servers})
    compacted = NewTopic("every-compacted", 1, 1, config={"cleanup.policy": "compact"})
    admin.create_topics([compacted])["every-compacted"].result(10)
    for name in TOPICS:
        world.create_topic(f"every-{name}", 2)
    for name in (*TOPICS[:-1], "compacted"):
        world.append(f"every-{name}", 0, 6)
    world.commit("every-compacted", {("every-compacted", 0): 3})
    world.delete_records("every-plain", 0, 5)
    world.commit("every-below", {("every-plain", 0): 2})
    world.commit("every-beyond", {("every-plain", 1): 60})
    world.commit("every <b>&/?#%2F", {("every-plain", 0): 6})
    for name in ("deleted", "recreated"):
        world.commit("every-left", {(f"every-{name}", 0): 4, ("every-plain", 0): 6})
        admin.delete_topics([f"every-{name}"])[f"every-{name}"].result(10)
    assert eventually(lambda: "every-recreated" not in admin.list_topics(timeout=5).topics)
    world.create_topic("every-recreated", 2)
    world.append("every-recreated", 0, 9)
    world.commit("every-again", {("every-recreated", 0): 1})
    admin.create_partitions([NewPartitions("every-grown", 3)])["every-grown"].result(10)
    assert eventually(
        lambda: len(admin.list_topics("every-grown", 5).topics["every-grown"].partitions) == 3
    )
    world.append("every-grown", 2, 3)
    world.commit("every-grown", {("every-grown", 0): 6, ("every-grown", 2): 1})
    for number in range(MEMBERLESS):
        world.commit(f"every-{number}", {("every-plain", 0): 5})
    world.commit("every-gone", {("every-plain", 0): 5})
    admin.delete_consumer_groups(["every-gone"])["every-gone"].result(10)


def transact(servers: str) -> Producer:
    """A committed and an aborted transaction, and one that is left open."""
    producer = Producer({"bootstrap.servers": servers, "transactional.id": "every"})
    producer.init_transactions(20)
    for end in (producer.commit_transaction, producer.abort_transaction, None):
        producer.begin_transaction()
        producer.produce("every-transacted", b"x", partition=0)
        producer.flush(10)
        if end is not None:
            end(10)
    KafkaWorld(servers).commit("every-transacted", {("every-transacted", 0): 7})
    return producer


def join(servers: str, consumers: ExitStack, group: str, **settings: str) -> None:
    """A member that commits in one of its two partitions."""
    consumer = Consumer({"bootstrap.servers": servers, "group.id": group, **settings})
    consumers.enter_context(closing(consumer))
    consumer.subscribe(["every-empty"])

    def is_in() -> bool:
        consumer.poll(0.1)
        return len(consumer.assignment()) == 2

    assert eventually(is_in, within_seconds=30)
    consumer.commit(offsets=[TopicPartition("every-empty", 1, 0)], asynchronous=False)


def read_by_both(properties: dict[str, str]) -> Figures:
    confluent = ConfluentReader(properties, timeout_seconds=20)
    with closing(BulkReader(properties, timeout_seconds=20, slow=confluent)) as bulk:
        by_bulk = figures(bulk, "every")
        assert by_bulk == figures(confluent, "every")
    return by_bulk


def let_in(broker: SaslBroker, folder: Path) -> Path:
    """A user that may describe all but one topic; returns what the tool needs to be it."""
    names = [f"every-{name}" for name in (*TOPICS, "compacted")]
    allow(broker, acl(ResourceType.GROUP, "*"))
    allow(broker, *(acl(ResourceType.TOPIC, name) for name in names if name != FORBIDDEN))
    words = {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "PLAIN",
        "sasl.jaas.config": (
            "org.apache.kafka.common.security.plain.PlainLoginModule required "
            f'username="{USER}" password="{PASSWORD}";'
        ),
    }
    path = folder / "user.properties"
    path.write_text("".join(f"{name}={value}\n" for name, value in words.items()))
    return path


def test_the_adapters_and_kafkas_own_tool_agree_on_all_groups(
    broker: SaslBroker, consumers: ExitStack, tmp_path: Path
) -> None:
    servers = broker.open_servers
    arrange(servers)
    left_open = transact(servers)
    alone = Consumer({"bootstrap.servers": servers, "group.id": "every-assigned"})
    alone.assign([TopicPartition("every-plain", 0, 5)])
    alone.commit(offsets=[TopicPartition("every-plain", 0, 6)], asynchronous=False)
    alone.close()
    join(servers, consumers, "every-static", **{"group.instance.id": "till-1"})
    join(servers, consumers, "every-848", **{"group.protocol": "consumer"})
    found = read_by_both({"bootstrap.servers": servers})
    groups = {group for group, _, _ in found}
    # Eleven of the rows, and those without members; the deleted group is in none.
    assert len(groups) == 11 + MEMBERLESS
    assert "every-gone" not in groups
    assert found == figures_of_the_tool(servers, "every")
    user = let_in(broker, tmp_path)
    rest = {place: figure for place, figure in found.items() if place[1] != FORBIDDEN}
    assert 0 < len(rest) < len(found)
    guarded = {"bootstrap.servers": broker.sasl_servers, **login()}
    assert eventually(lambda: read_by_both(guarded) == rest)
    words = ("--command-config", str(user))
    assert rest == figures_of_the_tool(broker.sasl_servers, "every", (), *words)
    left_open.abort_transaction(10)
