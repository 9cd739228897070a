"""What a republish is allowed to do and what its plan says, on the in-memory twin."""

from dataclasses import replace
from typing import Any

import pytest

from highwater_events.broker.base import TopicPartition
from monitor.errors import NotFoundError, PlanRefusedError, StalePlanError
from monitor.kafka.replay_memory import MemoryCluster, MemoryOffsets
from monitor.kafka.replay_ports import TopicSettings
from monitor.replay import republish, surveys
from monitor.replay.plan import Plan
from monitor.replay.requests import Partitioning, RepublishRequest, Timestamps
from tests.monitor.replay.conftest import MARCH_MS, records_of

HOUR_MS = 3_600_000


@pytest.fixture
def cluster() -> MemoryCluster:
    """Twenty orders in two partitions, and targets of two and of one partition."""
    made = MemoryCluster()
    for topic, partitions in (("orders", 2), ("copies", 2), ("narrow", 1)):
        made.create(topic, partitions)
    for record in records_of("orders", range(20)):
        made.append(record)
    return made


def plan(cluster: MemoryCluster, **fields: Any) -> Plan:
    request = RepublishRequest(**{"topic": "orders", "target": "copies"} | fields)
    return republish.make_plan(MemoryOffsets(cluster), request, now_ms=MARCH_MS + HOUR_MS)


def ranges(made: Plan) -> list[tuple[int, int | None, int]]:
    return [(row.partition, row.before, row.after) for row in made.rows]


def test_without_a_range_all_is_copied(cluster: MemoryCluster) -> None:
    made = plan(cluster)
    assert ranges(made) == [(0, 0, 10), (1, 0, 10)]
    assert (
        made.summary
        == "20 records of orders will be copied to copies, from 2 partitions of orders."
    )
    assert (made.records, made.counted, made.guarantee) == (20, True, "exactly once")


def test_a_range_of_offsets_and_partitions(cluster: MemoryCluster) -> None:
    assert ranges(plan(cluster, from_offset=2, to_offset=5, partitions=(1,))) == [(1, 2, 5)]


def test_a_range_of_times(cluster: MemoryCluster) -> None:
    made = plan(cluster, from_time="2026-03-01T12:03:00Z", to_time="2026-03-01T12:10:00Z")
    assert ranges(made) == [(0, 2, 5), (1, 1, 5)]
    assert [row.first_timestamp_ms for row in made.rows] == [
        MARCH_MS + 4 * 60_000,
        MARCH_MS + 3 * 60_000,
    ]


def test_a_range_that_was_not_counted_is_at_most(
    cluster: MemoryCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(surveys, "COUNT_UP_TO", 5)
    assert plan(cluster).summary.startswith("At most 20 records")


@pytest.mark.parametrize("fields", [{"from_offset": 11}, {"to_offset": 11}])
def test_a_range_outside_the_log_is_refused(cluster: MemoryCluster, fields: dict[str, int]) -> None:
    with pytest.raises(PlanRefusedError, match="outside the log of orders-0, which holds 0 to 10"):
        plan(cluster, **fields)


def test_records_that_retention_took_are_outside_the_log(cluster: MemoryCluster) -> None:
    cluster.log_starts[TopicPartition("orders", 0)] = 4
    with pytest.raises(PlanRefusedError, match="holds 4 to 10"):
        plan(cluster, from_offset=3)


@pytest.mark.parametrize(
    "fields", [{"from_offset": 3, "to_offset": 3}, {"from_time": "2027-01-01"}]
)
def test_a_range_without_records_is_refused(cluster: MemoryCluster, fields: dict[str, Any]) -> None:
    with pytest.raises(PlanRefusedError, match="nothing to copy"):
        plan(cluster, **fields)


def test_topics_and_partitions_must_exist(cluster: MemoryCluster) -> None:
    with pytest.raises(NotFoundError, match="no topic nowhere"):
        plan(cluster, target="nowhere")
    with pytest.raises(NotFoundError, match="no partition 2"):
        plan(cluster, partitions=(2,))


def test_a_target_with_fewer_partitions_takes_them_by_key_only(cluster: MemoryCluster) -> None:
    with pytest.raises(PlanRefusedError, match="cannot keep its number"):
        plan(cluster, target="narrow")
    made = plan(cluster, target="narrow", partitioning=Partitioning.KEY)
    assert any("order is kept per key" in check for check in made.checks)
    assert plan(cluster, target="narrow", partitions=(0,)).records == 10


def test_kept_timestamps_that_the_target_would_delete_are_refused(cluster: MemoryCluster) -> None:
    cluster.settings["copies"] = TopicSettings(2, True, HOUR_MS // 2, False)
    with pytest.raises(PlanRefusedError, match="deletes records after 0"):
        plan(cluster)
    assert plan(cluster, timestamps=Timestamps.RENEW).records == 20


def test_a_target_that_sets_its_own_time_is_warned_about(cluster: MemoryCluster) -> None:
    cluster.settings["copies"] = TopicSettings(2, True, HOUR_MS // 2, True)
    assert any("LogAppendTime" in warning for warning in plan(cluster).warnings)


def test_a_retention_that_is_not_told_is_warned_about(cluster: MemoryCluster) -> None:
    cluster.settings["copies"] = TopicSettings(2)
    assert any("does not tell how long" in warning for warning in plan(cluster).warnings)


def test_a_broker_without_transactions_copies_at_least_once_and_says_so(
    cluster: MemoryCluster,
) -> None:
    cluster.transactions = False
    made = plan(cluster)
    assert made.guarantee == "at least once"
    assert "at least once" in made.checks[0]


def test_copying_to_the_same_topic_ends_where_the_log_ended(cluster: MemoryCluster) -> None:
    made = plan(cluster, target="")
    assert ranges(made) == [(0, 0, 10), (1, 0, 10)]
    assert any("a second time" in warning for warning in made.warnings)


def test_positions_of_replays_are_left_alone(cluster: MemoryCluster) -> None:
    with pytest.raises(PlanRefusedError, match="leave it alone"):
        plan(cluster, target="highwater.replay.positions")


def test_the_rate_is_said(cluster: MemoryCluster) -> None:
    made = plan(cluster, rate_limit_per_second=1500)
    assert "At most 1,500 records are copied a second." in made.checks


def test_a_plan_is_stale_once_the_range_is_gone(cluster: MemoryCluster) -> None:
    made = plan(cluster, from_offset=2)
    request = RepublishRequest("orders", "copies", from_offset=2)
    republish.require_unmoved(MemoryOffsets(cluster), request, made.rows)
    cluster.log_starts[TopicPartition("orders", 1)] = 3
    with pytest.raises(StalePlanError, match="orders-1: the log started at 0 and now starts at 3"):
        republish.require_unmoved(MemoryOffsets(cluster), request, made.rows)


def test_a_row_that_copies_nothing_cannot_be_stale(cluster: MemoryCluster) -> None:
    row = replace(plan(cluster).rows[0], before=10)
    cluster.log_starts[TopicPartition("orders", 0)] = 10
    request = RepublishRequest("orders", "copies")
    republish.require_unmoved(MemoryOffsets(cluster), request, [row])
