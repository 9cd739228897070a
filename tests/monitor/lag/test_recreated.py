"""A topic that was deleted and created again, met by what the ids tell."""

import pytest

from monitor.kafka.memory import MemoryReader
from monitor.kafka.ports import ClusterListing, TopicDetail
from monitor.lag import memory
from monitor.lag.recreated import NAMES_TOLD, RECREATED, _sentence
from monitor.models import StatusChange, Topic
from monitor.shards import ALL
from monitor.values import Status
from tests.monitor.lag.worlds import Sampled

pytestmark = pytest.mark.django_db


class WithoutIds(MemoryReader):
    """As librdkafka's client: a listing tells no ids."""

    def cluster(self) -> ClusterListing:
        told = super().cluster()
        return ClusterListing(told.kafka_cluster_id, told.broker_count, told.partitions)


def create(sampled: Sampled, topic_id: str, *, records: int, committed: int) -> None:
    sampled.kafka.create_topic("t", 2)
    sampled.kafka.details["t"] = TopicDetail(kafka_topic_id=topic_id)
    for number in range(2):
        sampled.kafka.append("t", number, records)
    sampled.kafka.commit("g", {("t", 0): committed, ("t", 1): committed})


def work(sampled: Sampled, *, ticks: int) -> None:
    """The group handles two records a tick, of which one is new: it catches up slowly."""
    before = sampled.kafka.groups["g"].commits["t", 0]
    for tick in range(1, ticks + 1):
        for number in range(2):
            sampled.kafka.append("t", number, 1)
            sampled.kafka.commit("g", {("t", number): before + 2 * tick})
        sampled.tick()


@pytest.fixture
def old(sampled: Sampled) -> Sampled:
    create(sampled, "old", records=20, committed=1)
    work(sampled, ticks=6)
    assert sampled.group("g").status == Status.OK
    return sampled


def told(sampled: Sampled) -> list[str]:
    changes = StatusChange.objects.filter(cluster=sampled.row, after=RECREATED)
    return [change.reason for change in changes]


def test_statuses_start_anew_and_no_commit_went_back(old: Sampled) -> None:
    create(old, "new", records=30, committed=1)
    old.tick()
    assert old.group("g").status == Status.UNKNOWN
    work(old, ticks=1)
    assert old.group("g").status in {Status.OK, Status.WARN}


def test_it_is_told_once_and_the_new_id_is_stored(old: Sampled) -> None:
    create(old, "new", records=30, committed=1)
    old.ticks(2)
    assert told(old) == [
        "Topic t was deleted and created again. "
        "Who reads there is judged anew; what was sampled before stays."
    ]
    assert Topic.objects.get(name="t").kafka_topic_id == "new"


def test_a_log_that_has_outgrown_the_old_one_has_a_timeline_of_its_own(old: Sampled) -> None:
    create(old, "new", records=200, committed=23)
    old.tick()
    # By the old timeline the end was 23 three ticks ago; of the new one that is not known.
    assert old.group("g").time_lag_seconds is None


@pytest.mark.parametrize("ticks_before_the_restart", [0, 1, 3])
def test_a_restart_does_not_bring_the_old_log_back(
    old: Sampled, ticks_before_the_restart: int
) -> None:
    create(old, "new", records=200, committed=1)
    old.ticks(ticks_before_the_restart)
    old.restart()
    work(old, ticks=2)
    assert old.group("g").status in {Status.OK, Status.WARN}
    remembered = memory.memory_of(old.row.pk)
    assert remembered.windows.counts.tolist() == [ticks_before_the_restart + 2] * 2
    assert int(remembered.timelines.points_of(Topic.objects.get(name="t").pk).offsets.min()) >= 200
    assert len(told(old)) == 1


def test_another_process_forgets_the_old_log_too(old: Sampled) -> None:
    mine = memory._memories.pop((old.row.pk, ALL))
    create(old, "new", records=200, committed=1)
    old.tick()
    memory._memories[old.row.pk, ALL] = mine
    work(old, ticks=1)
    assert mine.windows.counts.tolist() == [2, 2]
    assert len(told(old)) == 1


def test_it_is_met_too_if_a_tick_saw_no_topic(old: Sampled) -> None:
    del old.kafka.topics["t"]
    old.kafka.groups["g"].commits.clear()
    old.tick()
    create(old, "new", records=200, committed=1)
    old.tick()
    assert len(told(old)) == 1
    assert Topic.objects.get(name="t").kafka_topic_id == "new"
    old.restart()
    work(old, ticks=2)
    assert old.group("g").status in {Status.OK, Status.WARN}


def test_where_listings_tell_no_ids_a_commit_gone_back_makes_them_read_next(old: Sampled) -> None:
    create(old, "new", records=200, committed=1)
    old.tick(by=WithoutIds)
    assert old.group("g").status == Status.REWIND
    old.tick(by=WithoutIds)
    assert old.group("g").status == Status.UNKNOWN
    assert len(told(old)) == 1


def test_where_listings_tell_no_ids_commits_gone_make_them_read_next(old: Sampled) -> None:
    create(old, "new", records=200, committed=1)
    old.kafka.groups["g"].commits.clear()
    for _ in range(2):
        old.tick(by=WithoutIds)
    assert len(told(old)) == 1


def test_an_id_that_is_told_for_the_first_time_is_no_other_one(sampled: Sampled) -> None:
    sampled.tick()
    sampled.kafka.details["t"] = TopicDetail(kafka_topic_id="first")
    sampled.tick()
    assert Topic.objects.get(name="t").kafka_topic_id == "first"
    assert told(sampled) == []


def test_many_topics_are_told_in_one_sentence() -> None:
    names = [f"t{number}" for number in range(NAMES_TOLD + 2)]
    assert _sentence(names).startswith("Topics t0, t1, t2, t3, t4 and 2 others were deleted")
