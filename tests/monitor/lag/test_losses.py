"""Losses foreseen in a tick, from what topics are configured to keep."""

import pytest

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
