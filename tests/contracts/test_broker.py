"""What any broker promises the toolkit: the real one and the in-memory twin."""

import socket
import time
from collections.abc import Callable, Iterator

import pytest

from highwater_events.broker.base import (
    Broker,
    Consumer,
    Delivery,
    OutgoingRecord,
    Record,
    TopicPartition,
)
from highwater_events.broker.confluent import ConfluentBroker
from highwater_events.broker.memory import MemoryBroker, MemoryConsumer
from highwater_events.broker.murmur2 import partition_of
from highwater_events.errors import (
    BrokerUnreachableError,
    DeliveryError,
    FencedError,
)
from tests.contracts.brokers import (
    PATIENCE_SECONDS,
    Listener,
    one_each,
    read,
    send,
    wait_until,
)

Join = Callable[..., tuple[Consumer, Listener]]


@pytest.fixture(params=["memory", pytest.param("confluent", marks=pytest.mark.kafka)])
def broker(request: pytest.FixtureRequest) -> Broker:
    return make_broker(request)


@pytest.fixture(params=["memory", pytest.param("confluent", marks=pytest.mark.apache_kafka)])
def strict_broker(request: pytest.FixtureRequest) -> Broker:
    """One that refuses: the small broker makes missing topics and ignores their limits."""
    return make_broker(request)


def make_broker(request: pytest.FixtureRequest) -> Broker:
    if request.param == "memory":
        return MemoryBroker()
    return ConfluentBroker({"bootstrap.servers": request.getfixturevalue("bootstrap_servers")})


@pytest.fixture(params=["memory", "confluent"])
def unreachable(request: pytest.FixtureRequest) -> Broker:
    if request.param == "memory":
        twin = MemoryBroker()
        twin.reachable = False
        return twin
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return ConfluentBroker({"bootstrap.servers": f"127.0.0.1:{port}", "log_level": 0})


@pytest.fixture
def topic(broker: Broker, unique: str) -> str:
    broker.ensure_topics({unique: 4})
    return unique


@pytest.fixture
def join(broker: Broker, topic: str) -> Iterator[Join]:
    """Makes members of the topic's one group and closes them in the end."""
    members: list[Consumer] = []

    def make(listener: Listener | None = None) -> tuple[Consumer, Listener]:
        consumer, heard = broker.consumer(topic), listener or Listener()
        consumer.subscribe([topic], heard)
        members.append(consumer)
        return consumer, heard

    yield make
    for member in members:
        member.close()


def test_a_record_comes_back_as_it_was_sent(broker: Broker, topic: str, join: Join) -> None:
    now = int(time.time() * 1_000)  # one of 1970 would be past its retention
    sent = OutgoingRecord(topic, b"k", b"v", (("a", b"1"), ("a", b"2"), ("n", None)), now, 3)
    [delivery] = send(broker, sent)
    [record] = read(join()[0], 1)
    assert record == Record(topic, 3, 0, now, b"k", b"v", sent.headers)
    assert (delivery.partition, delivery.offset, delivery.error) == (3, 0, None)


def test_a_tombstone_has_no_value(broker: Broker, topic: str, join: Join) -> None:
    send(broker, OutgoingRecord(topic, b"k", None))
    assert read(join()[0], 1)[0].value is None


def test_records_without_a_time_get_one(broker: Broker, topic: str, join: Join) -> None:
    before_ms = time.time() * 1000
    send(broker, OutgoingRecord(topic, b"k", b"v"))
    stamped_ms = read(join()[0], 1)[0].timestamp_ms
    assert stamped_ms is not None
    assert before_ms - 1 <= stamped_ms <= time.time() * 1000 + 1


def test_keys_go_where_javas_client_sends_them(broker: Broker, topic: str) -> None:
    keys = [f"order-{number}".encode() for number in range(40)]
    deliveries = send(broker, *(OutgoingRecord(topic, key, b"v") for key in keys))
    assert {d.record.key: d.partition for d in deliveries} == {k: partition_of(k, 4) for k in keys}


def test_records_of_a_partition_keep_their_order(broker: Broker, topic: str, join: Join) -> None:
    values = [str(number).encode() for number in range(300)]
    send(broker, *(OutgoingRecord(topic, b"k", value) for value in values))
    assert [record.value for record in read(join()[0], 300)] == values


def test_a_poll_returns_no_more_than_asked(broker: Broker, topic: str, join: Join) -> None:
    send(broker, *(OutgoingRecord(topic, b"k", b"v") for _ in range(20)))
    consumer, _ = join()
    sizes: list[int] = []
    while sum(sizes) < 20:
        sizes.append(len(consumer.poll(0.2, max_records=7)))
    assert max(sizes) <= 7


def test_making_a_topic_twice_changes_nothing(broker: Broker, topic: str) -> None:
    send(broker, *one_each(topic))
    assert broker.ensure_topics({topic: 9, f"{topic}-new": 1}) == {f"{topic}-new"}
    assert [d.offset for d in send(broker, *one_each(topic))] == [1, 1, 1, 1]


def test_a_topic_that_is_not_there_refuses_the_record(strict_broker: Broker, unique: str) -> None:
    [delivery] = send(strict_broker, OutgoingRecord(f"{unique}-missing", b"k", b"v"))
    assert isinstance(delivery.error, DeliveryError)
    assert delivery.offset is None


def test_a_record_that_is_too_large_is_refused(broker: Broker, topic: str) -> None:
    [delivery] = send(broker, OutgoingRecord(topic, b"k", b"v" * 2_000_000))
    assert isinstance(delivery.error, DeliveryError)


def test_nothing_overtakes_a_refused_record_and_the_producer_goes_on(
    strict_broker: Broker, unique: str
) -> None:
    broker = strict_broker
    if isinstance(broker, ConfluentBroker):  # one request a record, several on their way
        broker = ConfluentBroker({**broker.properties, "batch.size": 1, "linger.ms": 0})
    broker.ensure_topics({unique: 1}, config={"max.message.bytes": "2000"})
    producer, deliveries = broker.producer(), list[Delivery]()
    for size in (1, *[10] * 20, 5_000, *[10] * 20):
        producer.send(OutgoingRecord(unique, b"k", b"v" * size), deliveries.append)
        if size == 1:
            assert producer.flush(PATIENCE_SECONDS) == 0
    assert producer.flush(PATIENCE_SECONDS) == 0
    assert {type(each.error) for each in deliveries[22:]} == {BrokerUnreachableError}
    assert [type(each.error) for each in deliveries[21:22]] == [DeliveryError]
    producer.send(OutgoingRecord(unique, b"k", b"v"), deliveries.append)
    assert producer.flush(PATIENCE_SECONDS) == 0
    assert deliveries[-1].error is None
    producer.close()


def test_the_largest_event_goes_through(broker: Broker, topic: str) -> None:
    [delivery] = send(broker, OutgoingRecord(topic, b"k", b"v" * 1_000_000, partition=0))
    assert delivery.error is None


def test_records_wait_while_nobody_answers(unreachable: Broker) -> None:
    producer, deliveries = unreachable.producer(), list[Delivery]()
    producer.send(OutgoingRecord("any", b"k", b"v"), deliveries.append)
    assert producer.flush(0.3) == 1
    assert deliveries == []
    producer.close(0.1)
    assert [type(delivery.error) for delivery in deliveries] == [BrokerUnreachableError]


def test_a_poll_returns_in_time_while_nobody_answers(unreachable: Broker) -> None:
    consumer = unreachable.consumer("any")
    consumer.subscribe(["any"], Listener())
    started = time.monotonic()
    assert consumer.poll(0.3) == []
    consumer.close()
    assert time.monotonic() - started < 5


def test_topics_cannot_be_made_while_nobody_answers(
    unreachable: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("highwater_events.broker.confluent.broker._REQUEST_SECONDS", 0.5)
    with pytest.raises(BrokerUnreachableError):
        unreachable.ensure_topics({"any": 1})


def test_nothing_is_committed_unasked(broker: Broker, topic: str, join: Join) -> None:
    send(broker, *one_each(topic))
    consumer, _ = join()
    read(consumer, 4)
    consumer.close()
    assert len(read(join()[0], 4)) == 4


def test_a_new_member_starts_at_the_commit(broker: Broker, topic: str, join: Join) -> None:
    send(broker, *[OutgoingRecord(topic, b"k", value, partition=1) for value in (b"1", b"2", b"3")])
    consumer, _ = join()
    read(consumer, 3)
    consumer.commit({TopicPartition(topic, 1): 2})
    consumer.close()
    assert read(join()[0], 1)[0].value == b"3"


def test_partitions_are_told_before_their_records(broker: Broker, topic: str, join: Join) -> None:
    send(broker, *one_each(topic))
    consumer, listener = join()
    first: list[Record] = []
    while not first:
        first = consumer.poll(0.2)
    assert listener.told == [("assigned", [TopicPartition(topic, n) for n in range(4)])]
    assert consumer.assignment() == frozenset(listener.told[0][1])


def test_two_members_share_a_topic_and_only_what_moves_is_revoked(
    broker: Broker, topic: str, join: Join
) -> None:
    first, heard = join()
    wait_until(lambda: len(first.assignment()) == 4, first)
    second, _ = join()
    wait_until(lambda: len(second.assignment()) == 2, first, second)
    assert first.assignment() | second.assignment() == {TopicPartition(topic, n) for n in range(4)}
    [moved] = [partitions for word, partitions in heard.told if word == "revoked"]
    assert set(moved) == second.assignment()


def test_who_stays_takes_over_from_who_leaves(broker: Broker, topic: str, join: Join) -> None:
    first, _ = join()
    second, _ = join()
    wait_until(lambda: len(first.assignment()) == len(second.assignment()) == 2, first, second)
    second.close()
    wait_until(lambda: len(first.assignment()) == 4, first)


def test_leaving_tells_the_listener_nothing(broker: Broker, topic: str, join: Join) -> None:
    consumer, listener = join()
    wait_until(lambda: bool(consumer.assignment()), consumer)
    consumer.close()
    assert listener.words() == ["assigned"]
    assert consumer.assignment() == frozenset()


def test_a_commit_while_being_revoked_counts(broker: Broker, topic: str, join: Join) -> None:
    send(broker, *one_each(topic))
    listener = Listener()
    first, _ = join(listener)
    listener.on_revoke = lambda partitions: first.commit(dict.fromkeys(partitions, 1))
    read(first, 4)
    second, _ = join()
    repeated = wait_until(lambda: len(second.assignment()) == 2, first, second)
    repeated += second.poll(1.0)
    assert repeated == []


def test_a_paused_partition_waits_and_loses_nothing(broker: Broker, topic: str, join: Join) -> None:
    values = [str(number).encode() for number in range(50)]
    send(broker, *(OutgoingRecord(topic, b"k", value, partition=2) for value in values))
    consumer, _ = join()
    got: list[Record] = []
    while not got:
        got = consumer.poll(0.2, max_records=5)
    consumer.pause([TopicPartition(topic, 2)])
    send(broker, OutgoingRecord(topic, b"k", b"else", partition=3))
    assert [record.value for record in read(consumer, 1)] == [b"else"]
    assert consumer.poll(0.3) == []
    consumer.resume([TopicPartition(topic, 2)])
    assert [record.value for record in got + read(consumer, 50 - len(got))] == values


def test_pausing_what_is_not_ours_does_nothing(broker: Broker, topic: str, join: Join) -> None:
    consumer, _ = join()
    consumer.pause([TopicPartition(topic, 77)])
    consumer.resume([TopicPartition(topic, 77)])
    send(broker, *one_each(topic))
    assert len(read(consumer, 4)) == 4


def test_a_seek_repeats_from_there(broker: Broker, topic: str, join: Join) -> None:
    send(broker, *(OutgoingRecord(topic, b"k", str(n).encode(), partition=0) for n in range(5)))
    consumer, _ = join()
    read(consumer, 5)
    consumer.seek(TopicPartition(topic, 0), 3)
    assert [record.offset for record in read(consumer, 2)] == [3, 4]


def test_the_log_end_is_known_after_a_fetch(broker: Broker, topic: str, join: Join) -> None:
    consumer, _ = join()
    assert consumer.log_end(TopicPartition(topic, 0)) is None
    send(broker, *one_each(topic), *one_each(topic))
    read(consumer, 8)
    assert consumer.log_end(TopicPartition(topic, 0)) == 2


def test_a_commit_of_what_is_not_ours_is_fenced(broker: Broker, topic: str, join: Join) -> None:
    consumer, _ = join()
    wait_until(lambda: bool(consumer.assignment()), consumer)
    with pytest.raises(FencedError):
        consumer.commit({TopicPartition(topic, 77): 1})


def test_a_topic_made_after_the_subscription_is_found(broker: Broker, unique: str) -> None:
    if isinstance(broker, ConfluentBroker):
        broker = ConfluentBroker({**broker.properties, "topic.metadata.refresh.interval.ms": 500})
    consumer = broker.consumer(unique)
    consumer.subscribe([f"{unique}-late"], Listener())
    consumer.poll(0.1)
    broker.ensure_topics({f"{unique}-late": 1})
    wait_until(lambda: len(consumer.assignment()) == 1, consumer)
    consumer.close()


@pytest.fixture
def evicted(broker: Broker, topic: str) -> Iterator[tuple[Consumer, Listener]]:
    """A member that its group has given up."""
    if isinstance(broker, ConfluentBroker):
        limits = {"session.timeout.ms": 6_000, "max.poll.interval.ms": 6_000}
        broker = ConfluentBroker({**broker.properties, **limits})
    consumer, listener = broker.consumer(topic), Listener()
    consumer.subscribe([topic], listener)
    wait_until(lambda: len(consumer.assignment()) == 4, consumer)
    if isinstance(broker, MemoryBroker):
        assert isinstance(consumer, MemoryConsumer)
        broker.evict(consumer)
    else:
        time.sleep(10)  # the interval without a poll is the condition itself
    yield consumer, listener
    consumer.close()


def test_an_evicted_member_may_not_commit_and_is_told_lost_not_revoked(
    evicted: tuple[Consumer, Listener], topic: str
) -> None:
    consumer, listener = evicted
    with pytest.raises(FencedError):
        consumer.commit({TopicPartition(topic, 0): 1})
    wait_until(lambda: listener.words().count("assigned") == 2, consumer)
    assert listener.words() == ["assigned", "lost", "assigned"]
