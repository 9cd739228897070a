"""What every `ClusterReader` promises, over the real client and the in-memory twin alike."""

import time

import numpy as np
import pytest

from monitor.errors import ClusterUnreachableError
from monitor.kafka.bulk.reader import BulkReader
from monitor.kafka.codes import NAME_NOT_CARRIED, NO_SUCH_CALL
from monitor.kafka.confluent.reader import ConfluentReader
from monitor.kafka.memory import MemoryCluster, MemoryReader
from monitor.kafka.ports import UNKNOWN, ClusterReader, Edge, PartitionIndex
from tests.contracts.worlds import BulkWorld, KafkaWorld, MemoryWorld, World

HOSTILE_NAMES = ["a\0b", "", " ", "x/y?z#%2F", "<script>"]


@pytest.fixture(
    params=[
        "memory",
        pytest.param("confluent", marks=pytest.mark.kafka),
        pytest.param("bulk", marks=pytest.mark.apache_kafka),
    ]
)
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "memory":
        return MemoryWorld()
    real = KafkaWorld if request.param == "confluent" else BulkWorld
    return real(request.getfixturevalue("bootstrap_servers"))


@pytest.fixture
def topic(world: World, unique: str) -> str:
    world.create_topic(unique, 3)
    return unique


def partitions_of(world: World) -> PartitionIndex:
    return world.reader.cluster().partitions


def edge(world: World, topic: str, partition: int, which: Edge) -> int:
    index = partitions_of(world)
    position = index.position(topic, partition)
    assert position is not None
    column = world.reader.offsets(np.array([position]), index, which)
    assert column.error.tolist() == [0]
    return int(column.offset[0])


def commits(world: World, *groups: str) -> dict[tuple[str, str, int], int]:
    index = partitions_of(world)
    read = world.reader.commits(groups, index)
    rows = zip(read.group.tolist(), read.partition.tolist(), read.offset.tolist(), strict=True)
    return {
        (groups[group], index.topics[index.topic_of[place]], int(index.number_of[place])): offset
        for group, place, offset in rows
    }


def group_error(world: World, group: str) -> int:
    return int(world.reader.commits([group], partitions_of(world)).group_error[0])


def test_a_topic_has_all_its_partitions_in_a_row(world: World, topic: str) -> None:
    index = partitions_of(world)
    positions = [index.position(topic, number) for number in range(3)]
    assert index.position(topic, 3) is None
    assert positions[0] is not None
    assert positions == list(range(positions[0], positions[0] + 3))


def test_ends_are_the_logs_own(world: World, topic: str) -> None:
    world.append(topic, 1, 5)
    assert edge(world, topic, 1, Edge.LOG_END) == 5
    assert edge(world, topic, 1, Edge.STABLE_END) == 5
    assert edge(world, topic, 0, Edge.LOG_END) == 0


@pytest.mark.apache_kafka
def test_the_log_starts_where_records_were_deleted(world: World, topic: str) -> None:
    world.append(topic, 1, 5)
    world.delete_records(topic, 1, 2)
    assert edge(world, topic, 1, Edge.LOG_START) == 2
    assert edge(world, topic, 0, Edge.LOG_START) == 0


@pytest.mark.apache_kafka
def test_an_open_transaction_holds_the_stable_end_back(world: World, topic: str) -> None:
    world.append(topic, 0, 3)
    world.open_transaction(topic, 0)
    assert edge(world, topic, 0, Edge.STABLE_END) == 3
    assert edge(world, topic, 0, Edge.LOG_END) == 4


def test_commits_come_back_per_group_and_partition(world: World, topic: str) -> None:
    one, other = f"{topic}-one", f"{topic}-other"
    world.commit(one, {(topic, 0): 7, (topic, 2): 0})
    world.commit(other, {(topic, 2): 9})
    expected = {(one, topic, 0): 7, (one, topic, 2): 0, (other, topic, 2): 9}
    assert commits(world, one, other) == expected


def test_a_partition_without_a_commit_has_no_row(world: World, topic: str) -> None:
    world.commit(topic, {(topic, 1): 3})
    assert commits(world, topic) == {(topic, topic, 1): 3}


def test_an_unknown_group_has_no_commits(world: World, topic: str) -> None:
    assert commits(world, f"{topic}-nobody") == {}


def test_asking_for_nothing_reads_nothing(world: World) -> None:
    index = partitions_of(world)
    assert len(world.reader.commits([], index).offset) == 0
    nowhere = np.array([], dtype=np.int64)
    assert len(world.reader.offsets(nowhere, index, Edge.LOG_END).offset) == 0


def test_a_partition_that_the_catalogue_lacks_is_left_out(world: World, topic: str) -> None:
    world.commit(topic, {(topic, 0): 1, (topic, 2): 1})
    index = partitions_of(world)
    counts = np.where(np.array(index.topics) == topic, 1, index.counts).astype(np.int32)
    older = PartitionIndex(index.topics, counts, np.ones(int(counts.sum()), dtype=np.bool_))
    assert world.reader.commits([topic], older).partition.tolist() == [older.position(topic, 0)]


def test_groups_are_listed_with_their_state(world: World, topic: str) -> None:
    world.commit(topic, {(topic, 0): 1})
    listing = world.reader.groups()
    found = next(group for group in listing.groups if group.name == topic)
    assert listing.is_complete
    assert found.has_members in (False, None)


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_hostile_name_is_read_or_said_to_be_unreadable(
    world: World, topic: str, name: str
) -> None:
    group = name and name + topic
    world.commit(group, {(topic, 0): 4})
    found = commits(world, group)
    if group_error(world, group) == 0:
        assert found[(group, topic, 0)] == 4
    else:
        assert found == {}


@pytest.mark.kafka
def test_confluent_never_answers_for_the_group_that_a_cut_name_would_mean(
    bootstrap_servers: str, unique: str
) -> None:
    world = KafkaWorld(bootstrap_servers)
    world.create_topic(unique, 1)
    world.commit(unique, {(unique, 0): 1})
    assert group_error(world, f"{unique}\0b") == NAME_NOT_CARRIED


@pytest.mark.apache_kafka
def test_confluent_notices_a_listed_name_that_was_cut(bootstrap_servers: str, unique: str) -> None:
    world = KafkaWorld(bootstrap_servers)
    world.create_topic(unique, 1)
    world.commit(f"{unique}\0b", {(unique, 0): 1})
    assert unique in {group.name for group in world.reader.groups().groups}
    listed = world.reader.commits([unique], partitions_of(world))
    assert listed.group_error.tolist() == [NAME_NOT_CARRIED]


@pytest.mark.apache_kafka
def test_confluent_says_that_one_of_two_names_was_cut(bootstrap_servers: str, unique: str) -> None:
    world = KafkaWorld(bootstrap_servers)
    world.create_topic(unique, 1)
    world.commit(unique, {(unique, 0): 1})
    world.commit(f"{unique}\0b", {(unique, 0): 2})
    listing = world.reader.groups()
    assert [group.name for group in listing.groups].count(unique) == 1
    assert any(unique in error for error in listing.errors)
    assert commits(world, unique) == {(unique, unique, 0): 1}


def test_a_described_group_without_members_has_none(world: World, topic: str) -> None:
    world.commit(topic, {(topic, 0): 1})
    found = world.reader.memberships([topic])[topic]
    assert found.members in ((), None)


@pytest.mark.apache_kafka
def test_kafka_tells_a_topics_id_and_retention(bootstrap_servers: str, unique: str) -> None:
    world = KafkaWorld(bootstrap_servers)
    world.create_topic(unique, 1)
    detail = world.reader.topic_details([unique])[unique]
    assert len(detail.kafka_topic_id) == 22
    assert (detail.cleanup_policy, detail.retention_ms) == ("delete", 604_800_000)
    assert detail.has_configs


@pytest.mark.apache_kafka
def test_kafka_tells_timestamps(world: World, topic: str) -> None:
    world.append(topic, 0, 1)
    assert world.reader.tells_timestamps(topic, 0) is True


def since(world: World, topic: str, since_ms: int) -> list[tuple[int, int]]:
    """Offset and timestamp of the first such record, of partitions 0 and 1."""
    index = partitions_of(world)
    first = index.position(topic, 0)
    assert first is not None
    found = world.reader.first_since(np.array([first, first + 1]), index, since_ms)
    assert found.error.tolist() == [0, 0]
    return list(zip(found.offset.tolist(), found.time_ms.tolist(), strict=True))


@pytest.mark.apache_kafka
def test_the_first_record_of_a_time_comes_with_its_timestamp(world: World, topic: str) -> None:
    now_ms = time.time_ns() // 1_000_000
    stamps = [now_ms - ago for ago in (9000, 7000, 5000, 3000)]
    world.append_at(topic, 0, stamps)
    nothing = (UNKNOWN, UNKNOWN)
    assert since(world, topic, stamps[1]) == [(1, stamps[1]), nothing]
    assert since(world, topic, stamps[1] + 1) == [(2, stamps[2]), nothing]
    assert since(world, topic, 0) == [(0, stamps[0]), nothing]
    assert since(world, topic, now_ms) == [nothing, nothing]
    world.delete_records(topic, 0, 3)
    assert since(world, topic, 0) == [(3, stamps[3]), nothing]


def log_sizes(world: World, topic: str) -> tuple[list[int], list[int]]:
    """Sizes and errors of partitions 1 and 0, asked for in that order."""
    index = partitions_of(world)
    first = index.position(topic, 0)
    assert first is not None
    found = world.reader.log_sizes(np.array([first + 1, first]), index)
    return found.size_bytes.tolist(), found.error.tolist()


def test_a_logs_size_is_that_of_its_records_or_not_told(world: World, topic: str) -> None:
    world.append(topic, 1, 5)
    [size, of_empty], errors = log_sizes(world, topic)
    if any(errors):
        assert (size, of_empty, set(errors)) == (UNKNOWN, UNKNOWN, {NO_SUCH_CALL})
        return
    assert 5 < size < 5 * 200
    assert of_empty == 0
    world.append(topic, 1, 5)
    assert log_sizes(world, topic)[0][0] == pytest.approx(2 * size, rel=0.2)


@pytest.mark.apache_kafka
def test_bulk_is_told_sizes(bootstrap_servers: str, unique: str) -> None:
    world = BulkWorld(bootstrap_servers)
    world.create_topic(unique, 2)
    assert log_sizes(world, unique) == ([0, 0], [0, 0])


@pytest.mark.apache_kafka
def test_an_open_transactions_producer_is_told_or_left_out(world: World, topic: str) -> None:
    world.append(topic, 0, 3)
    world.open_transaction(topic, 0)
    index = partitions_of(world)
    first = index.position(topic, 0)
    assert first is not None
    told = world.reader.open_transactions(np.array([first, first + 1]), index)
    if isinstance(world.reader, ConfluentReader):
        assert told == []
    else:
        assert [(one.position, one.start) for one in told] == [(first, 3)]
        assert told[0].producer_id >= 0


def silent_readers() -> list[ClusterReader]:
    return [
        MemoryReader(MemoryCluster(is_silent=True)),
        silent := ConfluentReader({"bootstrap.servers": "127.0.0.1:1"}, timeout_seconds=0.3),
        BulkReader({"bootstrap.servers": "127.0.0.1:1"}, timeout_seconds=0.3, slow=silent),
    ]


@pytest.mark.parametrize("reader", silent_readers(), ids=["memory", "confluent", "bulk"])
def test_a_cluster_that_nobody_answers_for_is_unreachable(reader: ClusterReader) -> None:
    empty = PartitionIndex(("t",), np.array([1], dtype=np.int32), np.array([True]))
    with pytest.raises(ClusterUnreachableError, match="No broker of"):
        reader.cluster()
    with pytest.raises(ClusterUnreachableError):
        reader.groups()
    with pytest.raises(ClusterUnreachableError):
        reader.commits(["g"], empty)
    with pytest.raises(ClusterUnreachableError):
        reader.offsets(np.array([0]), empty, Edge.LOG_END)
    with pytest.raises(ClusterUnreachableError):
        reader.first_since(np.array([0]), empty, 0)


def test_a_partition_without_leader_is_unknown_and_the_others_are_read() -> None:
    world = MemoryWorld()
    world.create_topic("t", 2)
    world.topics["t"][0].has_leader = False
    read = world.reader.offsets(np.array([0, 1]), partitions_of(world), Edge.LOG_END)
    assert read.offset.tolist() == [UNKNOWN, 0]
    assert (read.error == 0).tolist() == [False, True]


@pytest.mark.kafka
def test_confluent_does_not_ask_for_partitions_without_leader(
    bootstrap_servers: str, unique: str
) -> None:
    world = KafkaWorld(bootstrap_servers)
    world.create_topic(unique, 2)
    index = partitions_of(world)
    position = index.position(unique, 0)
    assert position is not None
    leaders = np.arange(len(index)) != position
    headless = PartitionIndex(index.topics, index.counts, leaders)
    read = world.reader.offsets(np.array([position, position + 1]), headless, Edge.LOG_END)
    assert read.offset.tolist() == [UNKNOWN, 0]


@pytest.mark.apache_kafka
def test_bulk_lists_the_ids_that_the_other_client_describes(
    bootstrap_servers: str, unique: str
) -> None:
    world = BulkWorld(bootstrap_servers)
    world.create_topic(unique, 1)
    listed = world.reader.cluster().topic_ids
    described = KafkaWorld(bootstrap_servers).reader.topic_details([unique])
    assert listed[unique] == described[unique].kafka_topic_id
