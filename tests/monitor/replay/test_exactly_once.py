"""Whatever dies and whenever: the target holds each record of the range once, in order.

On the in-memory twin, which keeps the same contract as Kafka (`tests/contracts`), because crashes
come by the hundred here. `tests/acceptance/test_republish.py` kills real workers.
"""

from hypothesis import given
from hypothesis import strategies as st

from highwater_events.broker.base import OutgoingRecord, Record
from highwater_events.provenance import ORIGINAL_OFFSET, header
from monitor.errors import FencedError
from monitor.kafka.replay_memory import MemoryCluster, MemoryCopier
from monitor.kafka.replay_ports import CopyOrder, OffsetRange
from monitor.replay.copies import copy_of
from monitor.replay.requests import RepublishRequest
from tests.monitor.replay.conftest import records_of

REQUEST = RepublishRequest("orders", "copies")


class Crash(Exception):
    """The process is gone."""


def make_cluster(records: int) -> MemoryCluster:
    cluster = MemoryCluster()
    cluster.create("orders", 2)
    cluster.create("copies", 2)
    for record in records_of("orders", range(records)):
        cluster.append(record)
    return cluster


def order_of(cluster: MemoryCluster, *, transactional: bool = True) -> CopyOrder:
    def copied(record: Record) -> OutgoingRecord:
        return copy_of(record, REQUEST, 1)

    spans = {number: OffsetRange(0, len(log)) for number, log in enumerate(cluster.logs["orders"])}
    return CopyOrder(1, "1@1", "orders", spans, copied, transactional)


def work_until_a_crash(cluster: MemoryCluster, order: CopyOrder, crash_at: int, most: int) -> bool:
    """One worker's life; whether it came to the end."""
    steps = iter(range(1_000))

    def crash_maybe() -> None:
        if next(steps) == crash_at:
            raise Crash

    copier = MemoryCopier(cluster, order, before_commit=crash_maybe)
    positions = copier.open()
    try:
        while any(positions[each].next_offset < span.end for each, span in order.ranges.items()):
            positions = copier.copy(max_records=most, timeout_seconds=0)
    except Crash:
        return False
    return True


def origins(cluster: MemoryCluster) -> list[list[int]]:
    return [
        [int(header(record.headers, ORIGINAL_OFFSET) or -1) for record in log]
        for log in cluster.logs["copies"]
    ]


@given(
    records=st.integers(0, 40),
    crashes=st.lists(st.integers(0, 5), max_size=8),
    most=st.integers(1, 9),
)
def test_crashes_never_repeat_or_lose_a_record(records: int, crashes: list[int], most: int) -> None:
    cluster = make_cluster(records)
    order = order_of(cluster)
    for crash_at in (*crashes, 1_000):
        if work_until_a_crash(cluster, order, crash_at, most):
            break
    assert origins(cluster) == [list(range(len(log))) for log in cluster.logs["orders"]]


@given(crashes=st.lists(st.integers(0, 5), min_size=1, max_size=8), most=st.integers(1, 9))
def test_without_transactions_crashes_lose_nothing(crashes: list[int], most: int) -> None:
    cluster = make_cluster(30)
    order = order_of(cluster, transactional=False)
    for crash_at in (*crashes, 1_000):
        if work_until_a_crash(cluster, order, crash_at, most):
            break
    assert [sorted(set(copied)) for copied in origins(cluster)] == [list(range(15))] * 2


@given(turns=st.lists(st.booleans(), max_size=20))
def test_two_workers_that_both_think_the_run_is_theirs_do_no_harm(turns: list[bool]) -> None:
    cluster = make_cluster(30)
    order = order_of(cluster)
    workers = {False: MemoryCopier(cluster, order), True: MemoryCopier(cluster, order)}
    for worker in workers.values():
        worker.open()
    for turn in turns:
        try:
            workers[turn].copy(max_records=3, timeout_seconds=0)
        except FencedError:
            workers[turn].open()
    assert work_until_a_crash(cluster, order, 1_000, 3)
    assert origins(cluster) == [list(range(15))] * 2
