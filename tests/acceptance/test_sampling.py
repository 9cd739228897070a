"""The sampling processes: they work, end on request, and outlive what they depend on."""

import os
import socket

import pytest

from monitor.models import Cluster, ClusterState, Group, StatusChange, Tick
from tests.acceptance.sampling import Fleet, kill, stops_cleanly
from tests.acceptance.storing import samples_without_tick
from tests.contracts.worlds import KafkaWorld
from tests.database import database_url
from tests.waiting import eventually

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.kafka,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(150),
]

START_SECONDS = 40.0


@pytest.fixture
def cluster() -> Cluster:
    return add_cluster(os.environ["HIGHWATER_KAFKA"])


def add_cluster(bootstrap_servers: str) -> Cluster:
    return Cluster.objects.create(
        name="accepted", bootstrap_servers=bootstrap_servers, sample_interval_seconds=2
    )


def ticks(state: Tick.State) -> int:
    return Tick.objects.filter(state=state).count()


def more_ticks(state: Tick.State = Tick.State.DONE, *, count: int = 2) -> bool:
    """Whether some more ticks end like that."""
    before = ticks(state)
    return eventually(lambda: ticks(state) >= before + count, within_seconds=START_SECONDS)


def test_two_beats_and_two_workers_sample_each_slot_once_and_end_on_request(
    processes: Fleet, cluster: Cluster, unique: str
) -> None:
    world = KafkaWorld(cluster.bootstrap_servers)
    world.create_topic(unique, 2)
    world.append(unique, 0, 5)
    world.commit(unique, {(unique, 0): 2})
    started = [processes.beat(), processes.beat(), processes.worker(), processes.worker()]
    assert more_ticks(count=3), processes.said()
    assert Group.objects.get(name=unique).lag == 3
    assert [stops_cleanly(process) for process in started] == [True] * 4
    assert samples_without_tick(database_url()) == 0
    assert ticks(Tick.State.CLAIMED) == 0


def test_a_broker_that_goes_away_is_told_and_its_return_is_too(processes: Fleet) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    broker = processes.broker(port)
    add_cluster(f"127.0.0.1:{port}")
    processes.beat()
    processes.worker()
    assert more_ticks(), processes.said()
    kill(broker)
    assert more_ticks(Tick.State.FAILED), processes.said()
    state = ClusterState.objects.get()
    assert state.unreachable_since is not None
    assert f"127.0.0.1:{port}" in state.last_error
    processes.broker(port)
    assert more_ticks(), processes.said()
    assert ClusterState.objects.get().unreachable_since is None
    told = StatusChange.objects.filter(group=None).order_by("id").values_list("after", flat=True)
    assert list(told)[:2] == ["UNREACHABLE", "REACHABLE"]


@pytest.mark.parametrize("service", ["redis", "postgres"])
def test_a_service_that_goes_away_ends_no_process(
    processes: Fleet, cluster: Cluster, service: str
) -> None:
    started = [processes.beat(), processes.worker()]
    assert more_ticks(count=1), processes.said()
    way = getattr(processes, service)
    way.cut()
    assert eventually(lambda: "refused" in processes.said(), within_seconds=30), processes.said()
    assert all(process.poll() is None for process in started)
    way.mend()
    assert more_ticks(), processes.said()
    assert [stops_cleanly(process) for process in started] == [True] * 2
