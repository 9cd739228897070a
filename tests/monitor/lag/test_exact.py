import pytest

from highwater_events.broker.base import OutgoingRecord, TopicPartition
from monitor.errors import NotFoundError, NotToldError
from monitor.kafka.replay_memory import MemoryCluster, MemoryOffsets
from monitor.lag.exact import ExactTimeLag, exact_time_lag

PLACE = TopicPartition("t", 0)


@pytest.fixture
def kafka() -> MemoryCluster:
    """Records stamped 1,000, 2,000, 3,000 and 4,000."""
    cluster = MemoryCluster()
    cluster.create("t", 1)
    for stamp in (1000, 2000, 3000, 4000):
        cluster.append(OutgoingRecord("t", None, b"x", partition=0, timestamp_ms=stamp))
    return cluster


def exact(kafka: MemoryCluster, committed: int, group: str = "g") -> ExactTimeLag:
    kafka.commits[group] = {PLACE: committed}
    return exact_time_lag(MemoryOffsets(kafka), group, PLACE, now_ms=10_000)


def test_the_record_at_the_commit_says_when_it_was_made(kafka: MemoryCluster) -> None:
    assert exact(kafka, 2) == ExactTimeLag(2, 4, 3000, 7.0)


def test_who_has_read_all_lags_by_nothing(kafka: MemoryCluster) -> None:
    assert exact(kafka, 4) == ExactTimeLag(4, 4, None, 0.0)


def test_of_a_commit_before_the_log_the_first_record_left_counts(kafka: MemoryCluster) -> None:
    kafka.log_starts[PLACE] = 3
    assert exact(kafka, 0) == ExactTimeLag(0, 4, 4000, 6.0)


def test_without_a_commit_there_is_nothing_to_time(kafka: MemoryCluster) -> None:
    with pytest.raises(NotFoundError, match="committed nothing in partition 0 of t"):
        exact_time_lag(MemoryOffsets(kafka), "g", PLACE, now_ms=0)


def test_a_name_that_the_client_would_cut_is_not_asked_for(kafka: MemoryCluster) -> None:
    with pytest.raises(NotToldError, match="cuts this group's name"):
        exact(kafka, 1, group="g\0h")
