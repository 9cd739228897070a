"""What the broker tells of times that nobody watched."""

from datetime import timedelta

import pytest

from monitor.errors import ClusterUnreachableError
from monitor.kafka.memory import MemoryReader
from monitor.kafka.ports import Int64s, PartitionIndex, TimedColumn
from monitor.models import Tick
from tests.monitor.lag.worlds import Sampled

pytestmark = pytest.mark.django_db


class Counting(MemoryReader):
    """Counts the questions about times."""

    asked = 0

    def first_since(
        self, positions: Int64s, partitions: PartitionIndex, since_ms: int
    ) -> TimedColumn:
        Counting.asked += 1
        return super().first_since(positions, partitions, since_ms)


class Speechless(MemoryReader):
    """Reads all but times."""

    def first_since(
        self, positions: Int64s, partitions: PartitionIndex, since_ms: int
    ) -> TimedColumn:
        raise ClusterUnreachableError("No broker of memory answers.")


@pytest.fixture
def behind(sampled: Sampled) -> Sampled:
    """Topic `u`: ten records, one in every two hours up to now, and a reader that handled three."""
    sampled.kafka.create_topic("u", 1)
    now_ms = int(sampled.now.timestamp() * 1000)
    sampled.kafka.append_at("u", 0, [now_ms - ago * 7_200_000 for ago in range(9, -1, -1)])
    sampled.kafka.commit("late", {("u", 0): 3})
    del sampled.kafka.topics["t"], sampled.kafka.groups["g"]
    return sampled


def hours_behind(sampled: Sampled) -> float | None:
    seconds = sampled.read("late", "u").time_lag_seconds[0]
    return None if seconds is None else seconds / 3600


def test_a_commit_older_than_the_first_sight_has_a_time_at_once(behind: Sampled) -> None:
    behind.ticks(2)  # the first finds out whether this broker tells timestamps
    # Record 3 is 12 h old; the broker was asked for what lies between 6 h and 24 h ago.
    assert hours_behind(behind) == pytest.approx(12, abs=0.1)
    assert behind.read("late", "u").time_lag_methods == ["broker"]


def test_what_the_broker_told_is_not_asked_again(behind: Sampled) -> None:
    behind.ticks(1)
    Counting.asked = 0
    for _ in range(3):
        assert behind.tick(by=Counting) is Tick.State.DONE
    assert Counting.asked == 8


def test_a_restart_asks_again(behind: Sampled) -> None:
    behind.ticks(3)
    behind.restart()
    behind.ticks(2)
    assert hours_behind(behind) == pytest.approx(12, abs=0.1)


def test_a_commit_that_was_watched_is_timed_by_what_was_seen(behind: Sampled) -> None:
    behind.ticks(2)
    behind.kafka.append("u", 0, 5)
    behind.ticks(1)
    behind.kafka.commit("late", {("u", 0): 12})
    behind.ticks(1)
    assert behind.read("late", "u").time_lag_methods == ["timeline"]


def test_a_log_that_was_silent_for_hours_is_known_to_have_been(behind: Sampled) -> None:
    behind.now += timedelta(hours=48)
    behind.kafka.commit("late", {("u", 0): 9})
    behind.ticks(2)
    # The last record is 48 h old: nothing in the last day, so it is not younger than a day.
    assert 24 <= (hours_behind(behind) or 0) <= 7 * 24


def test_a_broker_that_does_not_tell_timestamps_is_not_asked(behind: Sampled) -> None:
    behind.kafka.timestamps = False
    Counting.asked = 0
    for _ in range(2):
        assert behind.tick(by=Counting) is Tick.State.DONE
    assert (Counting.asked, hours_behind(behind)) == (0, None)


def test_a_broker_that_falls_silent_over_times_does_not_cost_the_tick(behind: Sampled) -> None:
    behind.ticks(1)
    assert behind.tick(by=Speechless) is Tick.State.DONE
    assert hours_behind(behind) is None


def test_records_without_timestamps_have_no_time(sampled: Sampled) -> None:
    sampled.ticks(2)
    assert sampled.read("g", "t").time_lag_seconds == [None, 0.0]
