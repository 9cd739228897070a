"""A cluster that is cut into shards is told as one that is not."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Count, Sum

from monitor.kafka.memory import MemoryPartition
from monitor.kafka.ports import TopicDetail
from monitor.lag import pressure
from monitor.lag.claim import Claim, slot_of
from monitor.models import (
    Cluster,
    ClusterState,
    Group,
    GroupTopic,
    IntervalChange,
    StatusChange,
    Tick,
    Topic,
)
from monitor.series.clusters import cluster_rates
from monitor.series.read import group_series
from monitor.series.strips import status_strips
from monitor.shards import Shard
from monitor.values import LossBy
from tests.monitor.lag.worlds import Sampled

pytestmark = pytest.mark.django_db

GROUPS = [f"group-{number}" for number in range(8)]
TOPICS = {"orders": 3, "payments": 1, "returns": 2, "__internal": 1}


class Pair:
    """One Kafka, sampled by a cluster of one shard and by one of several."""

    def __init__(self, shards: int) -> None:
        self.whole, self.cut = Sampled("whole"), Sampled("cut", shards)
        self.kafka = self.cut.kafka = self.whole.kafka
        self.cut.now = self.whole.now
        for topic, count in TOPICS.items():
            self.kafka.create_topic(topic, count)
            for partition in range(count):
                self.kafka.append(topic, partition, 100)
        for place, group in enumerate(GROUPS):
            self.commit(group, 10 * place)
        self.kafka.commit(GROUPS[0], {("__internal", 0): 50})

    def commit(self, group: str, offset: int) -> None:
        reads = [
            ("orders", 0),
            ("orders", 2),
            ("payments" if group[-1] in "0246" else "returns", 0),
        ]
        self.kafka.commit(group, dict.fromkeys(reads, offset))

    def ticks(self, count: int = 1) -> None:
        for _ in range(count):
            for topic in TOPICS:
                if topic in self.kafka.topics:
                    self.kafka.append(topic, 0, 5)
            self.whole.ticks(1)
            self.cut.ticks(1)


@pytest.fixture
def pair() -> Pair:
    return Pair(3)


def told(world: Sampled) -> dict[str, Any]:
    """All that is stored of a cluster, without its ids."""
    of_groups = ["id", "cluster_id", "used_at", "status_since", "first_seen_at"]
    groups = {row["name"]: row for row in Group.objects.filter(cluster=world.row).values()}
    topics = {row["name"]: row for row in Topic.objects.filter(cluster=world.row).values()}
    reads = GroupTopic.objects.filter(group__cluster=world.row)
    changes = StatusChange.objects.filter(cluster=world.row)
    return {
        "groups": {
            name: _without(row, "members_read_at", *of_groups) for name, row in groups.items()
        },
        "topics": {name: _without(row, "id", "cluster_id") for name, row in topics.items()},
        "reads": {
            (row.group.name, row.topic.name): (bytes(row.partitions), row.gone_at)
            for row in reads.select_related("group", "topic")
        },
        "changes": set(changes.values_list("at", "group__name", "before", "after", "reason")),
        "series": {
            name: group_series(row["id"], start=world.now - _HOUR, end=world.now + _HOUR).lag
            for name, row in groups.items()
        },
    }


_HOUR = timedelta(hours=1)


def _without(row: Any, *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


def grow(pair: Pair) -> None:
    for place in range(6):
        for group in GROUPS[:5]:
            pair.commit(group, 20 + 6 * place)
        pair.ticks()


def rewind(pair: Pair) -> None:
    pair.commit(GROUPS[5], 40)
    pair.ticks(2)
    pair.commit(GROUPS[5], 10)
    pair.ticks(2)


def lose_a_group(pair: Pair) -> None:
    del pair.kafka.groups[GROUPS[2]]
    pair.ticks(3)


def lose_a_topic(pair: Pair) -> None:
    del pair.kafka.topics["payments"]
    pair.ticks(2)
    pair.kafka.create_topic("payments", 2)
    pair.ticks(2)


def forbid_topics(pair: Pair) -> None:
    pair.kafka.forbidden.update({"payments", "__internal"})
    pair.ticks(2)
    restart(pair)
    pair.kafka.forbidden.clear()
    pair.ticks(2)


def forbid_a_topic_that_grew(pair: Pair) -> None:
    pair.kafka.topics["orders"].append(MemoryPartition(log_end=9))
    for group in GROUPS:
        pair.kafka.commit(group, {("orders", 3): 0})
    pair.ticks(2)
    pair.kafka.forbidden.add("orders")
    pair.ticks(2)


def restart(pair: Pair) -> None:
    pair.whole.restart()
    pair.cut.restart()
    pair.ticks(2)


EVENTS = [
    grow,
    rewind,
    lose_a_group,
    lose_a_topic,
    forbid_topics,
    forbid_a_topic_that_grew,
    restart,
]


@pytest.mark.parametrize("happens", EVENTS)
def test_shards_tell_what_one_tick_of_all_tells(
    pair: Pair, happens: Callable[[Pair], None]
) -> None:
    pair.ticks(3)
    happens(pair)
    assert told(pair.cut) == told(pair.whole)


def test_each_shard_samples_its_own_groups_and_keeps_its_own_topics(pair: Pair) -> None:
    pair.ticks(2)  # whose group reads one of Kafka's own, its owner learns by the rows
    last_slot = slot_of(pair.cut.now, pair.cut.interval)
    ticks = Tick.objects.filter(cluster=pair.cut.row, slot_at=last_slot)
    assert ticks.aggregate(all=Sum("groups"))["all"] == len(GROUPS)
    for topic in Topic.objects.filter(cluster=pair.cut.row):
        assert _owner(topic.name, pair.cut) in _sampled_by(topic)


def _sampled_by(topic: Topic) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT shard FROM monitor_head_sample WHERE topic_id = %s", [topic.pk])
        return {number for (number,) in cursor.fetchall()}


def _owner(name: str, world: Sampled) -> int:
    of = world.row.shards
    return next(number for number in range(of) if Shard(number, of).owns(name))


def test_windows_outlive_another_number_of_shards(pair: Pair) -> None:
    pair.ticks(4)
    for shards in (2, 1, 4):
        pair.cut.cut(shards)
        pair.ticks(3)
    assert told(pair.cut) == told(pair.whole)


@pytest.mark.django_db(transaction=True)
def test_shards_that_run_side_by_side_tell_the_same() -> None:
    pair = Pair(4)

    def shard(number: int) -> Tick.State | None:
        try:
            return pair.cut.shard(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        for _ in range(6):
            pair.kafka.append("orders", 0, 5)
            pair.whole.ticks(1)
            pair.cut.now += pair.cut.interval
            left = set(range(4))
            while left:  # a claim that met another's asks again, as the next sweep does
                outcomes = dict(zip(left, pool.map(shard, left), strict=True))
                assert set(outcomes.values()) <= {Tick.State.DONE, None}
                left -= {number for number, outcome in outcomes.items() if outcome}
    assert told(pair.cut) == told(pair.whole)


def test_a_cluster_is_sampled_once_all_its_shards_are_done() -> None:
    pair = Pair(2)
    pair.ticks(2)
    before = pair.cut.state
    pair.cut.now += pair.cut.interval
    pair.cut.shard(1)
    assert pair.cut.state.sampled_at == before.sampled_at
    pair.cut.shard(0)
    assert pair.cut.state.sampled_at != before.sampled_at
    assert pair.cut.state.previous_sampled_at == before.sampled_at


def test_a_slot_that_lacks_a_shard_has_no_rate() -> None:
    pair = Pair(2)
    pair.ticks(3)
    pair.cut.now += pair.cut.interval
    pair.cut.shard(1)
    start, end = pair.cut.now - 3 * pair.cut.interval, pair.cut.now + pair.cut.interval
    cut = cluster_rates(pair.cut.row.pk, start=start, end=end)
    whole = cluster_rates(pair.whole.row.pk, start=start, end=end)
    assert cut.produced_per_second[: len(whole.times)] == pytest.approx(whole.produced_per_second)
    assert cut.consumed_per_second[: len(whole.times)] == pytest.approx(whole.consumed_per_second)
    assert cut.produced_per_second[-1] is None


def test_a_strip_has_a_gap_where_the_groups_own_shard_was_not_done() -> None:
    pair = Pair(2)
    pair.ticks(2)
    group = Group.objects.get(cluster=pair.cut.row, name=GROUPS[0])
    mine = _owner(group.name, pair.cut)
    pair.cut.now += pair.cut.interval
    pair.cut.shard(1 - mine)
    slot_at = slot_of(pair.cut.now, pair.cut.interval)
    start, end = slot_at - pair.cut.interval, slot_at + pair.cut.interval
    [[before, now]] = status_strips([group.pk], start=start, end=end, cells=2).values()
    assert (before is None, now) == (False, None)
    pair.cut.shard(mine)
    [strip] = status_strips([group.pk], start=start, end=end, cells=2).values()
    assert None not in strip


def test_a_shard_that_fails_makes_the_cluster_unreachable_until_all_are_done() -> None:
    pair = Pair(2)
    pair.ticks()
    pair.cut.now += pair.cut.interval
    pair.cut.shard(0)
    pair.kafka.is_silent = True
    outcome = pair.cut.shard(1)
    pair.kafka.is_silent = False
    failed = Tick.objects.get(cluster=pair.cut.row, state=Tick.State.FAILED)
    assert (outcome, pair.cut.state.unreachable_since) == (Tick.State.FAILED, failed.slot_at)
    pair.cut.now += pair.cut.interval
    pair.cut.shard(0)
    assert pair.cut.state.unreachable_since == failed.slot_at
    pair.cut.shard(1)
    assert not ClusterState.objects.exclude(unreachable_since=None).exists()
    told_of_cluster = StatusChange.objects.filter(cluster=pair.cut.row, group=None)
    assert list(told_of_cluster.order_by("id").values_list("after", flat=True)) == [
        "UNREACHABLE",
        "REACHABLE",
    ]


def test_what_one_shard_is_not_told_is_not_told() -> None:
    pair = Pair(2)
    pair.kafka.tells_members = False
    for group in GROUPS:  # the second has none, so it misses nothing
        if _owner(group, pair.cut) == 1:
            del pair.kafka.groups[group]
    pair.ticks()
    assert "members" in pair.whole.state.not_told
    assert set(pair.cut.state.not_told) == set(pair.whole.state.not_told)


def test_the_slowest_shard_widens_the_interval_once_and_all_keep_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def keep_pace(cluster: Cluster, claimed: Claim) -> None:
        seconds = 23.0 if claimed.shard.number == 0 else 0.1
        Tick.objects.filter(pk=claimed.tick_id).update(read_seconds=seconds)
        pressure.keep_pace(cluster, claimed)

    world = Pair(2).cut
    world.tick()
    monkeypatch.setattr("monitor.lag.collect.keep_pace", keep_pace)
    outcomes = [world.tick() for _ in range(7)]
    assert outcomes == [Tick.State.DONE, *[None, None, Tick.State.DONE] * 2]
    [change] = IntervalChange.objects.filter(cluster=world.row)
    assert (change.before_seconds, change.seconds) == (10, 30)
    slots = (
        Tick.objects.filter(cluster=world.row).values("slot_at").annotate(shards_done=Count("pk"))
    )
    assert {slot["shards_done"] for slot in slots} == {2}
    assert world.state.sampled_at == max(slot["slot_at"] for slot in slots)


def test_a_slow_shard_widens_the_interval_though_others_have_done_the_next_slot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def keep_pace(cluster: Cluster, claimed: Claim) -> None:
        Tick.objects.filter(pk=claimed.tick_id).update(read_seconds=23.0)
        at = claimed.slot_at + world.interval
        Tick.objects.create(
            cluster=cluster,
            slot_at=at,
            shard=1 - claimed.shard.number,
            shards=2,
            state=Tick.State.DONE,
            claimed_at=at,
            leased_until=at,
            read_seconds=0.1,
        )
        pressure.keep_pace(cluster, claimed)

    world = Pair(2).cut
    world.tick()
    monkeypatch.setattr("monitor.lag.collect.keep_pace", keep_pace)
    world.now += world.interval
    world.shard(0)
    assert world.state.widened_to_seconds == 30


def test_losses_by_size_and_whose_a_hung_transaction_is_are_told_alike(pair: Pair) -> None:
    by_size = TopicDetail(
        cleanup_policy="delete", retention_ms=-1, retention_bytes=20_000, has_configs=True
    )
    pair.kafka.details.update(dict.fromkeys(("orders", "payments", "returns"), by_size))
    for topic, partition in (("orders", 1), ("returns", 1)):
        pair.kafka.topics[topic][partition].open_since = 60
    pair.ticks(15)
    assert told(pair.cut) == told(pair.whole)
    held = Topic.objects.filter(cluster=pair.cut.row).exclude(held_by={})
    assert {topic.name: list(topic.held_by) for topic in held} == {
        "orders": ["1"],
        "returns": ["1"],
    }
    assert pair.cut.group(GROUPS[0]).loss_by == LossBy.SIZE
