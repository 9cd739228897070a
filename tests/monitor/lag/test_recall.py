from datetime import timedelta

import pytest
from django.db import connection

from monitor.lag import memory
from monitor.lag.timeline_store import SHARES
from monitor.models import TopicTimeline
from monitor.shards import ALL
from tests.monitor.lag.worlds import Sampled

pytestmark = pytest.mark.django_db


def produce(sampled: Sampled, *, ticks: int) -> None:
    """Ten records in each tick, so that the log end tells the time."""
    for _ in range(ticks):
        sampled.kafka.append("t", 0, 10)
        sampled.tick()


def test_a_memory_that_missed_more_ticks_than_a_window_holds_keeps_its_timelines(
    sampled: Sampled,
) -> None:
    produce(sampled, ticks=3)
    mine = memory._memories.pop((sampled.row.pk, ALL))
    produce(sampled, ticks=12)
    memory._memories[sampled.row.pk, ALL] = mine
    sampled.kafka.commit("g", {("t", 0): 30})
    produce(sampled, ticks=1)
    # The end was 20 at the first tick and 170 at the sixteenth, so it was 30 fourteen ticks ago.
    assert sampled.group("g").time_lag_seconds == pytest.approx(140, abs=0.1)


def forget_samples(sampled: Sampled) -> None:
    """As if all samples were folded away long ago; ticks stay."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM monitor_head_sample")
        cursor.execute("DELETE FROM monitor_lag_sample")


def test_timelines_outlive_their_samples_and_a_restart(sampled: Sampled) -> None:
    produce(sampled, ticks=SHARES + 5)
    sampled.kafka.commit("g", {("t", 0): 100})
    forget_samples(sampled)
    sampled.restart()
    produce(sampled, ticks=1)
    # The end was 20 at the first tick, so it was 100 at the ninth of 36.
    assert sampled.group("g").time_lag_seconds == pytest.approx(270, abs=0.1)


def test_every_topic_has_its_turn_to_be_stored(sampled: Sampled) -> None:
    for number in range(3):
        sampled.kafka.create_topic(f"more-{number}", 2)
    sampled.ticks(SHARES)
    assert TopicTimeline.objects.count() == 4


def test_what_another_version_stored_is_watched_anew(sampled: Sampled) -> None:
    produce(sampled, ticks=SHARES + 5)
    sampled.kafka.commit("g", {("t", 0): 100})
    TopicTimeline.objects.update(form=0, points=b"?")
    forget_samples(sampled)
    sampled.restart()
    produce(sampled, ticks=1)
    assert sampled.group("g").time_lag_seconds is None


def test_time_lag_is_known_again_soon_after_the_clock_was_set_back(sampled: Sampled) -> None:
    sampled.now += timedelta(hours=1)
    produce(sampled, ticks=3)
    sampled.now -= timedelta(hours=1)
    sampled.kafka.commit("g", {("t", 0): 50})
    produce(sampled, ticks=3)
    assert sampled.group("g").time_lag_seconds == pytest.approx(20, abs=0.1)
