"""Which client reads a cluster, and that the fall-back is said."""

import numpy as np
import pytest

from monitor.kafka.bulk import log_dirs
from monitor.kafka.bulk import reader as bulk
from monitor.kafka.choice import ChosenReader
from monitor.kafka.codes import UNSUPPORTED_VERSION
from monitor.kafka.ports import Adapter, Edge

pytestmark = pytest.mark.kafka


@pytest.mark.apache_kafka
def test_a_broker_that_speaks_it_is_read_in_bulk(bootstrap_servers: str) -> None:
    reader = ChosenReader({"bootstrap.servers": bootstrap_servers}, timeout_seconds=5)
    listing = reader.cluster()
    assert (listing.adapter, listing.why_not_bulk) == (Adapter.BULK, "")
    assert reader.groups_a_call == bulk.BulkReader.groups_a_call


def test_a_property_that_only_librdkafka_honours_is_named(bootstrap_servers: str) -> None:
    properties = {"bootstrap.servers": bootstrap_servers, "broker.address.family": "v4"}
    listing = ChosenReader(properties, timeout_seconds=5).cluster()
    assert listing.adapter is Adapter.CONFLUENT
    assert listing.why_not_bulk == "Only librdkafka honours broker.address.family."


def test_a_broker_that_is_too_old_is_read_by_librdkafka_within_the_same_tick(
    bootstrap_servers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(bulk.NEEDS, 9, 99)
    reader = ChosenReader({"bootstrap.servers": bootstrap_servers}, timeout_seconds=5)
    listing = reader.cluster()
    assert listing.adapter is Adapter.CONFLUENT
    assert "does not speak version 99 of API 9" in listing.why_not_bulk
    everywhere = np.arange(len(listing.partitions))
    assert not reader.offsets(everywhere, listing.partitions, Edge.LOG_END).error.any()


@pytest.mark.apache_kafka
def test_a_request_that_the_broker_does_not_know_costs_nothing_but_its_answer(
    bootstrap_servers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_dirs, "VERSION", 99)
    reader = ChosenReader({"bootstrap.servers": bootstrap_servers}, timeout_seconds=5)
    partitions = reader.cluster().partitions
    everywhere = np.arange(len(partitions))
    assert set(reader.log_sizes(everywhere, partitions).error.tolist()) == {UNSUPPORTED_VERSION}
    assert not reader.offsets(everywhere, partitions, Edge.LOG_END).error.any()
    assert reader.cluster().adapter is Adapter.BULK
