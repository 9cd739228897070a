"""A day of ticks over a cluster whose groups and topics come and go, upkeep and all.

`SOAK=1` ticks every ten seconds over some hundred groups; else every few minutes over a few.
"""

import gc
import logging
import os
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from statistics import mean

import pytest
from django.conf import LazySettings
from django.db import connection

from monitor import broadcast, tasks
from monitor.broadcast import LiveMessage
from monitor.kafka.memory import MemoryCluster
from monitor.lag.memory import ClusterMemory, memory_of
from monitor.lag.rows import read_of
from monitor.models import Group, GroupTopic, Tick, Topic
from monitor.series.partitions import HOUR, start_of_hour
from monitor.values import Status
from tests.monitor.lag.worlds import Sampled, member

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(1800)]

log = logging.getLogger(__name__)

IS_FULL = os.environ.get("SOAK") == "1"
INTERVAL = timedelta(seconds=10 if IS_FULL else 300)
GROUPS_A_GENERATION = 6 if IS_FULL else 2
HOURS, GENERATIONS_AN_HOUR, GENERATIONS_ALIVE = 24, 3, 15
IDLE = [f"idle-{number}" for number in range(10)]
ABANDONED_AFTER_HOURS = 4
KEPT_GONE = timedelta(hours=3)
SUBJECTS = {
    "monitor_head": ("topic_id", "monitor_topic"),
    "monitor_lag": ("group_topic_id", "monitor_grouptopic"),
}
LONGEST_DAY, LONGEST_MONTH = timedelta(days=1), timedelta(days=31)


class Day:
    """Each generation brings a topic and its groups, and takes those of the oldest away."""

    def __init__(self, world: Sampled) -> None:
        self.world, self.born = world, 0
        self.kafka: MemoryCluster = world.kafka
        self.kafka.create_topic("idle", 1)
        self.kafka.append("idle", 0, 10)
        for name in IDLE:
            self.kafka.commit(name, {("idle", 0): 4})

    def turn(self) -> None:
        topic = f"topic-{self.born}"
        self.kafka.create_topic(topic, 2)
        for name in self.groups(self.born):
            self.kafka.commit(name, {(topic, 0): 0, (topic, 1): 0})
            self.kafka.groups[name].members = (member(**{topic: (0, 1)}),)
        old = self.born - GENERATIONS_ALIVE
        if old >= 0:
            del self.kafka.topics[f"topic-{old}"]
            for name in self.groups(old):
                del self.kafka.groups[name]
        self.born += 1

    def work(self) -> None:
        for topic in self.kafka.topics.keys() - {"idle"}:
            for number in range(2):
                self.kafka.append(topic, number, 7)
        for group in self.kafka.groups.values():
            if group.members:
                for topic, number in group.commits:
                    group.commits[topic, number] = self.kafka.topics[topic][number].log_end

    def hour(self) -> None:
        ticks = int(HOUR / INTERVAL)
        for tick in range(ticks):
            if tick % (ticks // GENERATIONS_AN_HOUR) == 0:
                self.turn()
            self.work()
            assert self.world.tick() is Tick.State.DONE
        tasks.keep_up()

    @staticmethod
    def groups(generation: int) -> list[str]:
        return [f"group-{generation}-{number}" for number in range(GROUPS_A_GENERATION)]


@pytest.fixture
def day(
    no_series: None,
    transactional_db: None,
    settings: LazySettings,
    monkeypatch: pytest.MonkeyPatch,
) -> Day:
    settings.HIGHWATER_ABANDONED_AFTER_HOURS = ABANDONED_AFTER_HOURS
    settings.HIGHWATER_KEEP_HISTORY_DAYS = KEPT_GONE / timedelta(days=1)
    world = Sampled()
    world.every(INTERVAL)
    world.now = start_of_hour(world.now) + HOUR - INTERVAL
    monkeypatch.setattr(tasks, "database_time", lambda: world.now)
    monkeypatch.setattr(tasks.seal_hours, "delay", tasks.seal_hours)
    monkeypatch.setattr(tasks.drop_series, "delay", tasks.drop_series)
    return Day(world)


def test_a_day_of_coming_and_going_leaves_nothing_behind(
    day: Day, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    newest, send = dict[str, LiveMessage](), broadcast.send

    def note(messages: Sequence[LiveMessage]) -> int:
        newest.update({each.topic: each for each in messages if each.topic == overview})
        return send(messages)

    monkeypatch.setattr(broadcast, "send", note)
    overview = f"overview.{day.world.row.pk}"
    held_kib, not_ok = list[int](), list[int]()
    for _ in range(HOURS):
        day.hour()
        not_ok.append(newest[overview].body["figures"]["groups_not_ok"])
        gc.collect()
        held_kib.append(pss_kib())
    quarter = HOURS // 4
    second, last = mean(held_kib[quarter : 2 * quarter]), mean(held_kib[-quarter:])
    log.info("PSS by hour, in KiB: %s; groups not OK: %s", held_kib, not_ok)
    assert last <= second * 1.1
    assert_memory_follows(memory_of(day.world.row.pk), day.kafka)
    assert_catalogue_follows(day)
    assert {day.world.status(name) for name in IDLE} == {Status.ABANDONED}
    assert (not_ok[0], not_ok[-1]) == (len(IDLE), 0)
    assert_sealed_rows_go_with_their_partitions(day, settings)


def pss_kib() -> int:
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def assert_memory_follows(memory: ClusterMemory, kafka: MemoryCluster) -> None:
    roster = memory.roster
    groups, topics = set(kafka.groups), set(kafka.topics)
    group_ids, topic_ids = {row.id for row in roster.groups.values()}, set(roster.topics.values())
    reads = set(roster.reads.values())
    assert set(roster.groups) == groups
    assert set(roster.topics) == set(roster.partition_counts) == topics
    assert {group for group, _ in roster.reads} == group_ids
    assert {topic for _, topic in roster.reads} == topic_ids
    assert set(read_of(memory.windows.keys).tolist()) == reads
    assert set(read_of(memory.trail.keys).tolist()) == reads
    assert set(memory.timelines.topic_ids.tolist()) == topic_ids
    assert set(memory.told) == group_ids
    assert set(memory.log_ends) == topic_ids
    assert set(memory.log_starts) == topics
    assert set(memory.memberships) <= groups
    assert set(memory.states) <= groups
    assert set(memory.details) <= topics
    assert set(memory.times_asked) <= set(memory.timelines.keys.tolist())
    assert {name for kind, name in memory.read_at if kind == "group"} <= groups
    assert {name for kind, name in memory.read_at if kind == "topic"} <= topics


def assert_catalogue_follows(day: Day) -> None:
    """Rows of what is gone stay as long as the setting says, and samples no longer than they."""
    oldest = day.world.now - KEPT_GONE - HOUR
    for model in (Group, Topic, GroupTopic):
        assert not model._default_manager.filter(gone_at__lt=oldest).exists()
        assert model._default_manager.filter(gone_at=None).exists()
    present = Group.objects.filter(gone_at=None).values_list("name", flat=True)
    assert set(present) == set(day.kafka.groups)
    assert orphans("sample") == [0, 0]


def assert_sealed_rows_go_with_their_partitions(day: Day, settings: LazySettings) -> None:
    """Blocks and summaries of what was purged stay, unseen, for as long as those of the others.

    They may: whoever reads them goes by ids of the catalogue, which has these no more, and a
    sequence gives none twice. To delete them one by one would leave dead rows in tables that are
    only ever written and dropped; so they go with the day, and the month, that they are of.
    """
    assert all(orphans("block") + orphans("summary"))
    day.world.now += timedelta(days=settings.HIGHWATER_KEEP_BLOCKS_DAYS) + LONGEST_DAY
    tasks.drop_series()
    assert orphans("block") == [0, 0]
    assert all(orphans("summary"))
    day.world.now += timedelta(days=settings.HIGHWATER_KEEP_SUMMARIES_DAYS) + LONGEST_MONTH
    tasks.drop_series()
    assert orphans("summary") == [0, 0]


def orphans(kind: str) -> list[int]:
    """How many rows of that kind belong to a topic, and to a group's reading, that are purged."""
    return [
        rows(f"{table}_{kind} WHERE {column} NOT IN (SELECT id FROM {owner})")  # noqa: S608 # as below
        for table, (column, owner) in SUBJECTS.items()
    ]


def rows(of: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {of}")  # noqa: S608 # our own names
        return int(cursor.fetchone()[0])
