"""What only a real cluster does to a copier: other replays' transactions, and its errors."""

import threading
from collections.abc import Iterator

import pytest
from confluent_kafka import KafkaError, Producer

from highwater_events.broker.base import OutgoingRecord, Record
from monitor.errors import ClusterUnreachableError, FencedError, MonitorError, RecordRefusedError
from monitor.kafka.confluent.copier import ConfluentCopier
from monitor.kafka.confluent.copy_errors import copy_error, worst
from monitor.kafka.replay_ports import POSITIONS_TOPIC, CopyOrder, CopyPosition, OffsetRange
from tests.contracts.replay_worlds import KafkaWorld


@pytest.fixture
def world(bootstrap_servers: str) -> Iterator[KafkaWorld]:
    opened = KafkaWorld(bootstrap_servers)
    yield opened
    opened.close()


@pytest.fixture
def order(world: KafkaWorld, unique: str) -> CopyOrder:
    source, target = f"replay-{unique}", f"replay-{unique}-copies"
    for topic in (source, target):
        world.create_topic(topic, 1)
    world.write([OutgoingRecord(source, None, b"v%d" % each, partition=0) for each in range(8)])

    def copy_of(record: Record) -> OutgoingRecord:
        return OutgoingRecord(target, None, record.value, partition=0)

    return CopyOrder(int(unique[1:], 16), unique, source, {0: OffsetRange(0, 8)}, copy_of)


def begin_elsewhere(world: KafkaWorld, name: str) -> Producer:
    """Another replay in the middle of a transaction, with a position that is not yet committed."""
    producer = Producer({**world.properties, "transactional.id": name})
    producer.init_transactions(10)
    producer.begin_transaction()
    producer.produce(POSITIONS_TOPIC, b"{}", f"{name}/t/0".encode())
    producer.flush(10)
    return producer


@pytest.mark.apache_kafka
def test_a_position_behind_another_replays_open_transaction_is_waited_for(
    world: KafkaWorld, order: CopyOrder, unique: str
) -> None:
    first = ConfluentCopier(world.properties, order)
    first.open()
    other = begin_elsewhere(world, f"{unique}-other")
    while first.copy(max_records=5, timeout_seconds=1.0)[0].next_offset < 5:
        pass
    threading.Timer(0.5, other.abort_transaction, [10]).start()
    second = ConfluentCopier(world.properties, order)
    assert second.open() == {0: CopyPosition(5, 5)}
    for copier in (first, second):
        copier.close()


@pytest.mark.apache_kafka
def test_a_position_that_cannot_be_read_in_time_is_not_guessed(
    world: KafkaWorld, order: CopyOrder, unique: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ConfluentCopier(world.properties, order)
    first.open()
    other = begin_elsewhere(world, f"{unique}-other")
    monkeypatch.setattr("monitor.kafka.confluent.copier.POSITIONS_SECONDS", 0.3)
    second = ConfluentCopier(world.properties, order)
    with pytest.raises(ClusterUnreachableError, match="could not be read to its end in time"):
        second.open()
    other.abort_transaction(10)
    for copier in (first, second):
        copier.close()


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (KafkaError._FENCED, FencedError),
        (KafkaError.INVALID_PRODUCER_EPOCH, FencedError),
        (KafkaError.MSG_SIZE_TOO_LARGE, RecordRefusedError),
        (KafkaError.INVALID_TIMESTAMP, RecordRefusedError),
        (KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, RecordRefusedError),
        (KafkaError._TIMED_OUT, ClusterUnreachableError),
        (KafkaError.NOT_ENOUGH_REPLICAS, ClusterUnreachableError),
    ],
)
def test_an_error_tells_whether_waiting_helps(code: int, expected: type[MonitorError]) -> None:
    assert type(copy_error(KafkaError(code))) is expected


def test_the_error_that_says_most_is_told() -> None:
    purged, large = KafkaError(KafkaError._PURGE_QUEUE), KafkaError(KafkaError.MSG_SIZE_TOO_LARGE)
    fenced = KafkaError(KafkaError._FENCED)
    assert worst([purged, large]) is large
    assert worst([purged, large, fenced]) is fenced
    assert worst([purged]) is purged
