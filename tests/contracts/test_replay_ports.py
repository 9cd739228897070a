"""What any cluster promises to replays: the real one and the in-memory twin."""

import os
from collections.abc import Callable, Iterator

import pytest

from highwater_events.broker.base import OutgoingRecord, Record, TopicPartition
from monitor.errors import FencedError, NotFoundError, RecordRefusedError, RecordsGoneError
from monitor.kafka.replay_ports import (
    Activity,
    Copier,
    CopyOrder,
    CopyPosition,
    FoundRecord,
    LogBounds,
    OffsetRange,
)
from tests.contracts.replay_worlds import KafkaWorld, MemoryWorld, ReplayWorld

MARCH_MS = 1_772_323_200_000


@pytest.fixture(params=["memory", pytest.param("confluent", marks=pytest.mark.apache_kafka)])
def world(request: pytest.FixtureRequest) -> Iterator[ReplayWorld]:
    opened: ReplayWorld = MemoryWorld()
    if request.param == "confluent":
        opened = KafkaWorld(request.getfixturevalue("bootstrap_servers"))
    yield opened
    opened.close()


@pytest.fixture
def orders(world: ReplayWorld, unique: str) -> str:
    """Ten records a minute apart in partition 0, and an empty partition 1."""
    topic = f"replay-{unique}"
    world.create_topic(topic, 2, retention_ms="-1")
    world.write(
        [
            OutgoingRecord(
                topic,
                key=b"k%d" % number,
                value=b"v%d" % number,
                headers=(("h", b"1"), ("h", None)),
                timestamp_ms=MARCH_MS + number * 60_000,
                partition=0,
            )
            for number in range(10)
        ]
    )
    return topic


@pytest.fixture
def target(world: ReplayWorld, unique: str) -> str:
    topic = f"replay-{unique}-copy"
    world.create_topic(topic, 2, retention_ms="-1")
    return topic


OpenCopier = Callable[..., Copier]


@pytest.fixture
def open_copier(world: ReplayWorld, orders: str, target: str, unique: str) -> Iterator[OpenCopier]:
    """Copiers of one replay; partition numbers stay, values come out in capitals."""
    replay_id = int(unique[1:], 16)
    opened: list[Copier] = []

    def copy_of(record: Record) -> OutgoingRecord:
        value = (record.value or b"").upper()
        return OutgoingRecord(
            target, record.key, value, record.headers, record.timestamp_ms, record.partition
        )

    def open_one(start: int = 2, end: int = 8, *, transactional: bool = True) -> Copier:
        ranges = {0: OffsetRange(start, end), 1: OffsetRange(0, 0)}
        order = CopyOrder(replay_id, unique, orders, ranges, copy_of, transactional)
        opened.append(world.copier(order))
        return opened[-1]

    yield open_one
    for copier in opened:
        copier.close()


def copy_all(copier: Copier, *, max_records: int = 100) -> dict[int, CopyPosition]:
    for _ in range(100):
        positions = copier.copy(max_records=max_records, timeout_seconds=1.0)
        if positions[0].next_offset == 8:
            return positions
    raise AssertionError(f"the copy does not end: {positions}")


def test_a_group_that_never_was_is_dead_and_inactive(world: ReplayWorld, unique: str) -> None:
    reading = world.offsets.group(f"replay-{unique}")
    assert (reading.state, reading.activity) == ("Dead", Activity.INACTIVE)
    assert world.offsets.committed(f"replay-{unique}") == {}


def test_offsets_that_were_altered_are_committed(
    world: ReplayWorld, orders: str, unique: str
) -> None:
    place = TopicPartition(orders, 0)
    assert world.offsets.alter(f"replay-{unique}", {place: 0}) == {}
    assert world.offsets.committed(f"replay-{unique}") == {place: 0}
    assert world.offsets.group(f"replay-{unique}").activity is Activity.INACTIVE


def test_a_group_with_members_names_them_and_refuses_every_partition(
    world: ReplayWorld, orders: str, unique: str
) -> None:
    world.join(f"replay-{unique}", orders)
    reading = world.offsets.group(f"replay-{unique}")
    assert (reading.state, reading.activity) == ("Stable", Activity.ACTIVE)
    assert [member.split(" at ")[0] for member in reading.members] == ["reader"]
    places = {TopicPartition(orders, 0): 1, TopicPartition(orders, 1): 0}
    assert world.offsets.alter(f"replay-{unique}", places).keys() == places.keys()


def test_bounds_follow_what_retention_deletes(world: ReplayWorld, orders: str) -> None:
    world.delete_before(TopicPartition(orders, 0), 4)
    bounds = world.offsets.bounds([TopicPartition(orders, 0), TopicPartition(orders, 1)])
    assert bounds[TopicPartition(orders, 0)] == LogBounds(4, 10, 10)
    assert bounds[TopicPartition(orders, 1)] == LogBounds(0, 0, 0)


def test_unknown_topics_and_partitions_are_not_found(world: ReplayWorld, orders: str) -> None:
    with pytest.raises(NotFoundError):
        world.offsets.topic(f"{orders}-nowhere")
    with pytest.raises(NotFoundError):
        world.offsets.bounds([TopicPartition(orders, 7)])


def test_a_topic_tells_partitions_and_retention(world: ReplayWorld, orders: str) -> None:
    settings = world.offsets.topic(orders)
    assert (settings.partitions, settings.retention_is_told, settings.retention_ms) == (
        2,
        True,
        None,
    )


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        (0, FoundRecord(0, MARCH_MS)),
        (4.5, FoundRecord(5, MARCH_MS + 300_000)),
        (5, FoundRecord(5, MARCH_MS + 300_000)),
        (10, FoundRecord(None, None)),
    ],
)
def test_a_time_finds_the_first_record_of_it_or_later(
    world: ReplayWorld, orders: str, minutes: float, expected: FoundRecord
) -> None:
    places = [TopicPartition(orders, 0), TopicPartition(orders, 1)]
    found = world.offsets.records_since(places, MARCH_MS + int(minutes * 60_000))
    assert found == {places[0]: expected, places[1]: FoundRecord(None, None)}


def test_a_survey_counts_short_ranges_and_only_looks_into_long_ones(
    world: ReplayWorld, orders: str
) -> None:
    ranges = {TopicPartition(orders, 0): OffsetRange(3, 9)}
    counted = world.offsets.survey(ranges, count_up_to=6, committed_only=False)
    looked_at = world.offsets.survey(ranges, count_up_to=5, committed_only=False)
    assert counted[TopicPartition(orders, 0)].records == 6
    assert looked_at[TopicPartition(orders, 0)].records is None
    assert looked_at[TopicPartition(orders, 0)].first_timestamp_ms == MARCH_MS + 180_000


def test_transactions_are_told(world: ReplayWorld) -> None:
    assert world.offsets.has_transactions() is True


@pytest.mark.parametrize("transactional", [True, False])
def test_a_range_is_copied_whole_and_in_order(
    world: ReplayWorld, open_copier: OpenCopier, target: str, transactional: bool
) -> None:
    copier = open_copier(transactional=transactional)
    assert copier.open() == {0: CopyPosition(2, 0), 1: CopyPosition(0, 0)}
    assert copy_all(copier) == {0: CopyPosition(8, 6), 1: CopyPosition(0, 0)}
    copies = world.read(target)
    assert [copy.value for copy in copies] == [b"V2", b"V3", b"V4", b"V5", b"V6", b"V7"]
    assert (copies[0].key, copies[0].timestamp_ms) == (b"k2", MARCH_MS + 120_000)
    assert copies[0].headers == (("h", b"1"), ("h", None))


@pytest.mark.parametrize("transactional", [True, False])
def test_whoever_opens_next_goes_on_where_the_last_one_stopped(
    world: ReplayWorld, open_copier: OpenCopier, target: str, transactional: bool
) -> None:
    first = open_copier(transactional=transactional)
    first.open()
    while first.copy(max_records=4, timeout_seconds=1.0)[0].next_offset < 6:
        pass
    second = open_copier(transactional=transactional)
    assert second.open()[0] == CopyPosition(6, 4)
    copy_all(second)
    assert [copy.value for copy in world.read(target)] == [b"V%d" % each for each in range(2, 8)]


def test_a_copier_whose_place_was_taken_writes_nothing_more(
    world: ReplayWorld, open_copier: OpenCopier, target: str
) -> None:
    first = open_copier()
    first.open()
    second = open_copier()
    second.open()
    with pytest.raises(FencedError):
        copy_all(first)
    copy_all(second)
    assert [copy.value for copy in world.read(target)] == [b"V%d" % each for each in range(2, 8)]


def test_no_more_than_asked_is_copied_at_once(open_copier: OpenCopier) -> None:
    copier = open_copier()
    copier.open()
    assert copier.copy(max_records=1, timeout_seconds=5.0)[0] == CopyPosition(3, 1)


def test_forgotten_positions_are_gone(open_copier: OpenCopier) -> None:
    first = open_copier()
    first.open()
    copy_all(first)
    first.forget()
    assert open_copier().open()[0] == CopyPosition(2, 0)


def test_records_deleted_before_they_were_read_are_an_error(
    world: ReplayWorld, open_copier: OpenCopier, orders: str, target: str
) -> None:
    world.delete_before(TopicPartition(orders, 0), 4)
    copier = open_copier()
    copier.open()
    with pytest.raises(RecordsGoneError, match=f"partition 0 of {orders}"):
        copy_all(copier)
    assert world.read(target) == []


def test_a_record_that_the_target_refuses_is_an_error_and_none_is_written(
    world: ReplayWorld, orders: str, target: str, unique: str
) -> None:
    too_large = OutgoingRecord(target, None, os.urandom(2_000_000), partition=0)
    ranges = {0: OffsetRange(0, 10)}
    copier = world.copier(
        CopyOrder(int(unique[1:], 16), unique, orders, ranges, lambda record: too_large)
    )
    copier.open()
    with pytest.raises(RecordRefusedError):
        copier.copy(max_records=10, timeout_seconds=5.0)
    copier.close()
    assert world.read(target) == []
