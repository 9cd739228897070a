"""Ticks that outlive their lease, or nearly, or end by a mistake."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from monitor.kafka.memory import MemoryReader
from monitor.kafka.ports import (
    CommitColumns,
    Edge,
    GroupListing,
    Int64s,
    Membership,
    OffsetColumn,
    PartitionIndex,
    TopicDetail,
)
from monitor.lag import recall
from monitor.models import Tick
from tests.monitor.lag.worlds import Sampled

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


class ExpiringReader(MemoryReader):
    """Takes so long to read ends that the lease runs out."""

    def offsets(self, positions: Int64s, partitions: PartitionIndex, edge: Edge) -> OffsetColumn:
        Tick.objects.filter(state=Tick.State.CLAIMED).update(leased_until=timezone.now() - DAY)
        return super().offsets(positions, partitions, edge)


class PlodReader(MemoryReader):
    """Every call takes most of a lease, as where brokers do not answer for some groups."""

    def groups(self) -> GroupListing:
        self.plod()
        return super().groups()

    def memberships(self, names: Sequence[str]) -> dict[str, Membership]:
        self.plod()
        return super().memberships(names)

    def topic_details(self, names: Sequence[str]) -> dict[str, TopicDetail]:
        self.plod()
        return super().topic_details(names)

    def commits(self, names: Sequence[str], partitions: PartitionIndex) -> CommitColumns:
        self.plod()
        return super().commits(names, partitions)

    def offsets(self, positions: Int64s, partitions: PartitionIndex, edge: Edge) -> OffsetColumn:
        if edge is not Edge.LOG_START:
            self.plod()
        return super().offsets(positions, partitions, edge)

    def plod(self) -> None:
        Tick.objects.filter(state=Tick.State.CLAIMED).update(
            leased_until=F("leased_until") - timedelta(seconds=15)
        )


class FailingReader(MemoryReader):
    def offsets(self, positions: Int64s, partitions: PartitionIndex, edge: Edge) -> OffsetColumn:
        raise RuntimeError("a mistake of ours")


def test_a_tick_that_lost_its_lease_stores_nothing_and_the_next_is_right(sampled: Sampled) -> None:
    sampled.ticks(2)
    sampled.kafka.append("t", 0, 5)
    assert sampled.tick(by=ExpiringReader) is Tick.State.LOST
    assert sampled.group("g").lag == 6
    sampled.tick()
    assert sampled.group("g").lag == 11
    assert list(Tick.objects.order_by("slot_at").values_list("state", flat=True)) == [
        Tick.State.DONE,
        Tick.State.DONE,
        Tick.State.LOST,
        Tick.State.DONE,
    ]


def test_a_tick_whose_reading_takes_long_is_not_lost(sampled: Sampled) -> None:
    for number in range(250):
        sampled.kafka.commit(f"g{number}", {("t", 0): number % 10})
    sampled.now = timezone.now()
    assert sampled.tick(by=PlodReader) is Tick.State.DONE
    assert [sampled.group(f"g{number}").lag for number in (0, 127, 128, 249)] == [10, 3, 2, 1]


def test_a_restart_whose_replay_takes_long_is_not_lost(
    sampled: Sampled, monkeypatch: pytest.MonkeyPatch
) -> None:
    sampled.ticks(8)
    sampled.restart()

    def plod(*asked: Any, **options: Any) -> None:
        PlodReader(sampled.kafka).plod()
        replay(*asked, **options)

    replay = recall._replay
    monkeypatch.setattr(recall, "_replay", plod)
    assert sampled.tick() is Tick.State.DONE
    assert "in the last 9 samples" in sampled.group("g").status_reason


def test_a_tick_that_fails_by_our_mistake_is_raised_and_forgotten(sampled: Sampled) -> None:
    sampled.ticks(2)
    with pytest.raises(RuntimeError, match="mistake"):
        sampled.tick(by=FailingReader)
    Tick.objects.filter(state=Tick.State.CLAIMED).update(leased_until=timezone.now() - DAY)
    sampled.tick()
    assert "in the last 3 samples" in sampled.group("g").status_reason
