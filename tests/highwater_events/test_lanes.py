import threading

import pytest

from highwater_events.backpressure import Load
from highwater_events.broker.base import TopicPartition
from highwater_events.lanes import Job, Lanes
from highwater_events.progress import PartitionProgress
from tests.highwater_events.events import a_record, an_event

ORDERS = [TopicPartition("orders", 0)]


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def lanes(clock: Clock) -> Lanes:
    return Lanes(clock)


def put(lanes: Lanes, key: str, *, payload: bytes = b"", partition: int = 0) -> Job:
    record = a_record(an_event(payload, key=key), partition=partition)
    job = Job(record, PartitionProgress())
    lanes.put(job)
    return job


def take(lanes: Lanes) -> Job | None:
    return lanes.take(timeout_seconds=0.0)


def test_a_key_waits_until_its_first_record_is_finished(lanes: Lanes) -> None:
    first, second, other = put(lanes, "a"), put(lanes, "a"), put(lanes, "b")
    assert [take(lanes), take(lanes), take(lanes)] == [first, other, None]
    lanes.finish(first)
    assert take(lanes) is second


def test_records_without_a_key_share_a_lane(lanes: Lanes) -> None:
    record = a_record()
    keyless = type(record)("orders", 0, 0, None, None, b"")
    first, second = Job(keyless, PartitionProgress()), Job(keyless, PartitionProgress())
    lanes.put(first)
    lanes.put(second)
    assert [take(lanes), take(lanes)] == [first, None]


def test_the_same_key_of_another_partition_does_not_wait(lanes: Lanes) -> None:
    jobs = [put(lanes, "a"), put(lanes, "a", partition=1)]
    assert [take(lanes), take(lanes)] == jobs


def test_a_retry_holds_up_its_own_key_alone(lanes: Lanes, clock: Clock) -> None:
    first, second = put(lanes, "a"), put(lanes, "a")
    assert take(lanes) is first
    assert lanes.retry(first, 5.0)
    other = put(lanes, "b")
    assert [take(lanes), take(lanes)] == [other, None]
    clock.now += 5.0
    assert take(lanes) is first
    lanes.finish(first)
    assert take(lanes) is second


def test_what_nobody_took_is_discarded(lanes: Lanes) -> None:
    put(lanes, "a")
    kept = put(lanes, "a", partition=1)
    lanes.discard(ORDERS)
    assert [take(lanes), take(lanes)] == [kept, None]


def test_what_waits_for_its_next_attempt_is_discarded(lanes: Lanes, clock: Clock) -> None:
    job = put(lanes, "a")
    take(lanes)
    lanes.retry(job, 5.0)
    lanes.discard(ORDERS)
    clock.now += 5.0
    assert take(lanes) is None


def test_a_taken_job_of_a_discarded_partition_is_not_tried_again(lanes: Lanes) -> None:
    job = put(lanes, "a")
    put(lanes, "a")
    take(lanes)
    lanes.discard(ORDERS)
    assert lanes.taken_in(ORDERS) == 1
    assert not lanes.retry(job, 0.0)
    lanes.finish(job)
    assert lanes.taken_in(ORDERS) == 0
    assert take(lanes) is None


def test_a_key_keeps_its_order_when_its_partition_comes_back(lanes: Lanes) -> None:
    before = put(lanes, "a")
    take(lanes)
    lanes.discard(ORDERS)
    after = put(lanes, "a")
    assert take(lanes) is None
    lanes.finish(before)
    assert take(lanes) is after


def test_the_load_is_all_that_is_not_finished(lanes: Lanes) -> None:
    job = put(lanes, "a", payload=b"12")
    put(lanes, "a", payload=b"3456")
    assert lanes.load() == Load(2, 8)
    take(lanes)
    lanes.discard(ORDERS)
    assert lanes.load() == Load(1, 3)
    lanes.finish(job)
    assert lanes.load() == Load()


def test_a_waiting_worker_is_woken_by_a_record_and_by_the_end() -> None:
    lanes = Lanes()
    taken: list[Job | None] = []
    worker = threading.Thread(target=lambda: taken.extend([lanes.take(), lanes.take()]))
    worker.start()
    job = put(lanes, "a")
    while not taken and not lanes.taken_in(ORDERS):
        worker.join(0.01)
    lanes.close()
    worker.join(5)
    assert taken == [job, None]


def test_a_waiting_worker_is_woken_by_a_retry_that_falls_due() -> None:
    lanes = Lanes()
    job = put(lanes, "a")
    assert lanes.take(0.0) is job
    lanes.retry(job, 0.05)
    assert lanes.take(5.0) is job
