"""Losses foreseen in a tick, from what topics are configured to keep."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from monitor.kafka.memory import MemoryReader
from monitor.kafka.ports import TopicDetail
from monitor.values import Status
from tests.monitor.lag.worlds import Sampled

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
    assert "Retention may delete unread records in" in reason
    assert "min at the earliest, lag 56 records." in reason
    # The oldest that waits is 55 min old at first; three ticks went by.
    assert stuck.group("late").loss_seconds == pytest.approx(5 * 60 - 30, abs=1)


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
