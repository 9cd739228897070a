"""What brokers that misbehave cost, and what is said of them."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from types import SimpleNamespace

import pytest

from monitor.errors import ClusterUnreachableError
from monitor.kafka.bulk.connection import Brokers
from monitor.kafka.bulk.mapping import configuration
from monitor.kafka.bulk.placement import Placement, _leaders_of


@pytest.fixture
def mute_servers() -> Iterator[str]:
    """Four that accept and never answer."""
    with ExitStack() as held:
        doors = [
            held.enter_context(closing(socket.create_server(("127.0.0.1", 0)))) for _ in range(4)
        ]
        yield ",".join(f"127.0.0.1:{door.getsockname()[1]}" for door in doors)


def placement(servers: str, *, timeout_seconds: float) -> Placement:
    mapped = configuration({"bootstrap.servers": servers})
    return Placement(Brokers(mapped, timeout_seconds=timeout_seconds, needs={}))


def test_any_number_of_mute_servers_costs_two_time_outs(mute_servers: str) -> None:
    began = time.monotonic()
    with pytest.raises(ClusterUnreachableError, match="No broker of"):
        placement(mute_servers, timeout_seconds=0.5).read_cluster()
    assert time.monotonic() - began < 1.9  # four in a row would take 2


def test_servers_that_were_mute_are_left_alone_for_a_while(mute_servers: str) -> None:
    asked = placement(mute_servers, timeout_seconds=1)
    with pytest.raises(ClusterUnreachableError):
        asked.read_cluster()
    began = time.monotonic()
    with pytest.raises(ClusterUnreachableError):
        asked.read_cluster()
    assert time.monotonic() - began < 0.9


def test_a_name_that_cannot_be_looked_up_is_an_unreachable_cluster() -> None:
    with pytest.raises(ClusterUnreachableError, match="label"):
        placement("a..b:9092", timeout_seconds=1).read_cluster()


@pytest.mark.parametrize("number", [-1, 2**31 - 1])
def test_partitions_that_make_no_sense_are_refused(number: int) -> None:
    told = [SimpleNamespace(partition_index=one, leader_id=1) for one in (0, number)]
    with pytest.raises(ClusterUnreachableError, match="makes no sense"):
        _leaders_of(told)
