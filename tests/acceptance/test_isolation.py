"""Clusters that accept connections and never answer, beside one that is well."""

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from itertools import pairwise

import pytest

from monitor.models import Cluster, ClusterState, Tick
from tests.acceptance.sampling import Fleet
from tests.waiting import eventually

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.kafka,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(150),
]

INTERVAL = timedelta(seconds=2)
DEAD = 3


@pytest.fixture
def black_holes() -> Iterator[list[str]]:
    """Addresses where the system accepts connections that nobody ever reads."""
    with ExitStack() as opened:
        holes = [
            opened.enter_context(socket.create_server(("127.0.0.1", 0), backlog=512))
            for _ in range(DEAD)
        ]
        yield [f"127.0.0.1:{hole.getsockname()[1]}" for hole in holes]


def add_cluster(name: str, bootstrap_servers: str) -> Cluster:
    return Cluster.objects.create(
        name=name,
        bootstrap_servers=bootstrap_servers,
        sample_interval_seconds=INTERVAL.seconds,
    )


def done(cluster: Cluster) -> list[Tick]:
    return list(Tick.objects.filter(cluster=cluster, state=Tick.State.DONE).order_by("slot_at"))


def test_dead_clusters_cost_a_living_one_no_slot(processes: Fleet, black_holes: list[str]) -> None:
    well = add_cluster("well", os.environ["HIGHWATER_KAFKA"])
    processes.beat()
    processes.worker()
    assert eventually(lambda: len(done(well)) >= 2, within_seconds=40), processes.said()
    dead = [add_cluster(address, address) for address in black_holes]
    before = len(done(well))
    assert eventually(lambda: len(done(well)) >= before + 6, within_seconds=40), processes.said()
    slots = [tick.slot_at for tick in done(well)]
    assert {later - slot for slot, later in pairwise(slots)} == {INTERVAL}
    told = ClusterState.objects.filter(cluster__in=dead, unreachable_since__isnull=False)
    assert eventually(lambda: told.count() == DEAD), processes.said()
    assert not Tick.objects.filter(cluster__in=dead, state=Tick.State.DONE).exists()
