"""Losses foreseen in a tick, from what topics are configured to keep."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from monitor.kafka.memory import MemoryReader
from monitor.kafka.ports import Int64s, PartitionIndex, SizeColumn, TopicDetail
from monitor.lag.memory import memory_of
from monitor.lag.slow import SIZES_SECONDS
from monitor.values import LossBy, Status
from tests.monitor.lag.worlds import Sampled, member

pytestmark = pytest.mark.django_db

HOUR = TopicDetail(cleanup_policy="delete", retention_ms=3_600_000, has_configs=True)


@pytest.fixture
def stuck(sampled: Sampled) -> Sampled:
    """Topic `u` keeps an hour; a record in every minute; a reader stands 55 minutes behind."""
    sampled.kafka.create_topic("u", 1)
    now_ms = int(sampled.now.timestamp() * 1000)
    sampled.kafka.append_at("u", 0, [now_ms - ago * 60_000 for ago in range(58, -1, -1)])
    sampled.kafka.commit("late", {("u", 0): 3})
    sampled.kafka.details["u"] = HOUR
    return sampled


def test_a_group_about_to_lose_records_is_losing_and_says_when(stuck: Sampled) -> None:
    stuck.ticks(3)
    assert stuck.status("late") is Status.LOSING
    reason = stuck.group("late").status_reason
    assert "Retention by time may delete unread records in" in reason
    assert "min at the earliest, lag 56 records." in reason
    # The oldest that waits is 55 min old at first; three ticks went by.
    assert stuck.group("late").loss_seconds == pytest.approx(5 * 60 - 30, abs=1)
    assert stuck.group("late").loss_by == LossBy.TIME


class Forgetful(MemoryReader):
    """As in the first ticks of a process, which reads the configuration of some topics only."""

    def topic_details(self, names: Sequence[str]) -> dict[str, TopicDetail]:
        return {}


def test_a_restart_foresees_losses_by_what_is_stored(stuck: Sampled) -> None:
    stuck.ticks(3)
    before = stuck.group("late").loss_seconds
    assert before is not None
    stuck.restart()
    stuck.tick(by=Forgetful)
    assert stuck.group("late").loss_seconds == pytest.approx(before - 10, abs=1)
    assert stuck.group("late").raw_status == Status.LOSING


@pytest.mark.parametrize(
    "detail",
    [
        TopicDetail(cleanup_policy="compact", retention_ms=3_600_000, has_configs=True),
        TopicDetail(cleanup_policy="delete", retention_ms=-1, has_configs=True),
        TopicDetail(cleanup_policy="delete", retention_ms=86_400_000, has_configs=True),
        TopicDetail(),
    ],
    ids=["compacted", "for ever", "a day", "not told"],
)
def test_what_is_kept_longer_or_not_told_is_not_losing(stuck: Sampled, detail: TopicDetail) -> None:
    stuck.kafka.details["u"] = detail
    stuck.ticks(3)
    assert stuck.status("late") is not Status.LOSING
    expected = pytest.approx(23 * 3600 + 270, abs=1) if detail.retention_ms == 86_400_000 else None
    assert stuck.group("late").loss_seconds == expected


def test_a_group_that_reads_fast_enough_is_not_losing(stuck: Sampled) -> None:
    stuck.ticks(2)
    for handled in (20, 40, 50):
        stuck.kafka.commit("late", {("u", 0): handled})
        stuck.ticks(1)
    assert stuck.status("late") is Status.OK


def a_minute(world: Sampled, minute: int) -> None:
    """A record more, and each third minute the three of the last ones are handled."""
    world.kafka.append_at("u", 0, [int(world.now.timestamp() * 1000)])
    if minute % 3 == 2:
        world.kafka.commit("late", {("u", 0): 3 + minute + 1})
    world.ticks(1)


@pytest.fixture
def slow(stuck: Sampled) -> Sampled:
    """The reader keeps pace with the hour, but commits in one minute of three only."""
    stuck.every(timedelta(minutes=1))
    stuck.kafka.groups["late"].members = (member(u=(0,)),)
    for minute in range(7):
        a_minute(stuck, minute)
    return stuck


def test_a_slow_committer_that_keeps_pace_loses_nothing(slow: Sampled) -> None:
    for minute in range(7, 18):
        a_minute(slow, minute)
        late = slow.group("late")
        assert late.raw_status == Status.OK
        assert late.consumed_per_second_15m == pytest.approx(1 / 60, rel=0.3)
        assert late.produced_per_second_15m == pytest.approx(1 / 60, rel=0.1)


def test_a_restart_keeps_the_rates_of_the_quarter(slow: Sampled) -> None:
    for minute in range(7, 18):
        a_minute(slow, minute)
    slow.restart()
    a_minute(slow, 18)
    late = slow.group("late")
    assert late.consumed_per_second == 0
    assert late.consumed_per_second_15m == pytest.approx(1 / 60, rel=0.3)
    assert late.loss_seconds is None


def test_who_stops_for_good_loses_in_the_end(slow: Sampled) -> None:
    for _ in range(18):
        slow.ticks(1)
    late = slow.group("late")
    assert (late.consumed_per_second_15m, late.status) == (0, Status.LOSING)


def test_who_leaves_is_not_thought_to_go_on(slow: Sampled) -> None:
    for minute in range(7, 18):
        a_minute(slow, minute)
    slow.kafka.groups["late"].members = ()
    a_minute(slow, 18)
    late = slow.group("late")
    assert late.consumed_per_second_15m == pytest.approx(1 / 60, rel=0.3)
    assert (late.consumed_per_second, late.raw_status) == (0, Status.LOSING)


@pytest.fixture
def filling(sampled: Sampled) -> Sampled:
    """Topic `v` keeps 100,000 bytes, 1,000 records, for ever; 20 come in a tick, 10 are read."""
    sampled.kafka.create_topic("v", 1)
    sampled.kafka.append("v", 0, 500)
    sampled.kafka.commit("late", {("v", 0): 0})
    sampled.kafka.details["v"] = TopicDetail(
        cleanup_policy="delete", retention_ms=-1, retention_bytes=100_000, has_configs=True
    )
    return sampled


def work(
    world: Sampled, *, ticks: int, read: int = 10, by: type[MemoryReader] = MemoryReader
) -> None:
    for _ in range(ticks):
        world.kafka.append("v", 0, 20)
        committed = world.kafka.groups["late"].commits["v", 0]
        world.kafka.commit("late", {("v", 0): committed + read})
        world.tick(by=by)


def test_a_loss_by_size_is_foreseen_when_lag_is_as_large_as_what_is_kept(filling: Sampled) -> None:
    work(filling, ticks=3)
    late = filling.group("late")
    # Lag 530 grows by one in a second, and 1,000 are kept.
    assert (late.lag, late.loss_seconds, late.loss_by) == (530, 470.0, LossBy.SIZE)
    assert late.status != Status.LOSING


def test_a_group_about_to_be_overtaken_is_losing_and_says_by_what(filling: Sampled) -> None:
    # A record lives 500 s at two a second, and a tenth of it is warned of.
    work(filling, ticks=44)
    assert filling.group("late").raw_status != Status.LOSING
    work(filling, ticks=3)
    assert filling.status("late") is Status.LOSING
    assert filling.group("late").status_reason == (
        "Retention by size may delete unread records in 30 s at the earliest, lag 970 records."
    )


def test_who_keeps_pace_is_not_overtaken(filling: Sampled) -> None:
    work(filling, ticks=4, read=20)
    assert filling.group("late").loss_seconds is None


def test_the_sooner_of_both_retentions_is_told(filling: Sampled) -> None:
    now_ms = int(filling.now.timestamp() * 1000)
    filling.kafka.topics["v"][0].times_ms.update(dict.fromkeys(range(500), now_ms - 60000))
    detail = filling.kafka.details["v"]
    filling.kafka.details["v"] = replace(detail, retention_ms=240_000)
    work(filling, ticks=3, read=0)
    late = filling.group("late")
    assert late.loss_by == LossBy.TIME
    assert late.loss_seconds == pytest.approx(150, abs=1)


@pytest.mark.parametrize(
    "changed",
    [
        {"retention_bytes": -1},
        {"retention_bytes": None},
        {"cleanup_policy": "compact"},
        {"is_tiered": True},
    ],
    ids=["for ever", "not told", "compacted", "tiered"],
)
def test_who_does_not_delete_by_the_size_of_the_log_foresees_no_loss_by_it(
    filling: Sampled, changed: dict[str, Any]
) -> None:
    filling.kafka.details["v"] = replace(filling.kafka.details["v"], **changed)
    asked: list[int] = []

    class NotingReader(MemoryReader):
        def log_sizes(self, positions: Int64s, partitions: PartitionIndex) -> SizeColumn:
            asked.append(len(positions))
            return super().log_sizes(positions, partitions)

    work(filling, ticks=3, by=NotingReader)
    assert filling.group("late").loss_seconds is None
    assert asked == []


def test_sizes_that_are_not_told_are_named_and_no_tick_fails(filling: Sampled) -> None:
    filling.kafka.tells_log_sizes = False
    work(filling, ticks=3)
    late = filling.group("late")
    assert (late.lag, late.loss_seconds, late.loss_by) == (530, None, "")
    assert "log_sizes" in filling.state.not_told


def test_sizes_that_are_told_no_more_are_about_right(filling: Sampled) -> None:
    work(filling, ticks=3)
    assert "log_sizes" not in filling.state.not_told
    filling.kafka.tells_log_sizes = False
    memory_of(filling.row.pk).read_at["log size", "v"] -= SIZES_SECONDS
    work(filling, ticks=1)
    late = filling.group("late")
    assert (late.loss_seconds, late.loss_by) == (460.0, LossBy.ABOUT_SIZE)


def test_a_restart_asks_for_sizes_anew(filling: Sampled) -> None:
    work(filling, ticks=3)
    filling.restart()
    work(filling, ticks=1)
    assert filling.group("late").loss_seconds == 460.0


def test_a_log_made_anew_forgets_how_large_its_records_were(filling: Sampled) -> None:
    detail = filling.kafka.details["v"] = replace(filling.kafka.details["v"], kafka_topic_id="a")
    work(filling, ticks=3)
    filling.kafka.details["v"] = replace(detail, kafka_topic_id="b")
    filling.kafka.tells_log_sizes = False
    work(filling, ticks=3)
    assert filling.group("late").loss_seconds is None
