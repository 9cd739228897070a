from queue import SimpleQueue

import pytest
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from monitor.kafka.codes import NAME_NOT_CARRIED
from monitor.kafka.confluent.futures import TIMED_OUT
from monitor.kafka.confluent.group_offsets import _Answer, _next, group_offsets
from tests.contracts.worlds import KafkaWorld


@pytest.mark.kafka
@pytest.mark.parametrize("most", [1, 2, 64])
def test_each_name_is_answered_once_however_many_are_asked_at_once(
    bootstrap_servers: str, unique: str, most: int
) -> None:
    world = KafkaWorld(bootstrap_servers)
    world.create_topic(unique, 1)
    world.append(unique, 0, 9)
    names = [f"{unique}-{number}" for number in range(5)]
    for offset, name in enumerate(names):
        world.commit(name, {(unique, 0): offset})
    asked = [*names, "", "cut\0off", "\udcff"]
    admin = AdminClient({"bootstrap.servers": bootstrap_servers})
    found = sorted(
        group_offsets(admin, asked, most=most, timeout_seconds=10), key=lambda one: one[0]
    )
    assert [index for index, *_ in found] == list(range(8))
    assert [[place.offset for place in commits] for _, commits, _ in found[:5]] == [
        [0],
        [1],
        [2],
        [3],
        [4],
    ]
    assert [code for *_, code in found] == [0] * 5 + [NAME_NOT_CARRIED] * 3


def test_a_broker_that_is_not_there_is_an_error_of_each_name() -> None:
    admin = AdminClient({"bootstrap.servers": "127.0.0.1:1", "log_level": 0})
    found = list(group_offsets(admin, ["a", "b"], most=1, timeout_seconds=0.2))
    assert [index for index, *_ in found] == [0, 1]
    assert all(code for *_, code in found)


def test_a_client_that_is_stuck_times_out_all_that_wait_and_late_answers_are_dropped() -> None:
    arrived: SimpleQueue[_Answer] = SimpleQueue()
    waiting, at_once = {3, 1}, -2.0
    assert list(_next(arrived, waiting, at_once)) == [(1, (), TIMED_OUT), (3, (), TIMED_OUT)]
    _Answer(3, arrived).set_exception(KafkaException(KafkaError(KafkaError._TIMED_OUT)))
    assert list(_next(arrived, waiting, at_once)) == []


def test_what_is_no_answer_of_kafka_is_raised() -> None:
    arrived: SimpleQueue[_Answer] = SimpleQueue()
    _Answer(3, arrived).set_exception(MemoryError())
    with pytest.raises(MemoryError):
        list(_next(arrived, {3}, 10))


def test_an_error_instead_of_a_group_is_the_names() -> None:
    arrived: SimpleQueue[_Answer] = SimpleQueue()
    _Answer(3, arrived).set_result([KafkaError(KafkaError.GROUP_AUTHORIZATION_FAILED)])
    assert list(_next(arrived, {3}, 10)) == [(3, (), KafkaError.GROUP_AUTHORIZATION_FAILED)]
