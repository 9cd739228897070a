"""Ticks over an in-memory cluster, one after another without waiting for the clock."""

from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone

from monitor.kafka.memory import MemoryCluster, MemoryReader
from monitor.kafka.ports import Member
from monitor.lag import memory
from monitor.lag.collect import collect
from monitor.lag.memory import ClusterMemory
from monitor.models import Cluster, ClusterState, Group, GroupTopic, StatusChange, Tick
from monitor.shards import ALL, Shard
from monitor.values import Status
from tests.readings import Reading, reading_of


class Sampled:
    """A cluster's row, its truth, and the ticks that sample it."""

    def __init__(self, name: str = "test", shards: int = 1) -> None:
        self.kafka = MemoryCluster()
        self.row = Cluster.objects.create(
            name=name, bootstrap_servers="memory:9092", sample_interval_seconds=10, shards=shards
        )
        self.now = timezone.now()
        self.interval = timedelta(seconds=10)
        # What happens between ticks, to what a process remembers.
        self.between: Callable[[], None] = lambda: None
        self._other: ClusterMemory | None = None
        self.restart()

    def tick(self, *, by: type[MemoryReader] = MemoryReader) -> Tick.State | None:
        """One tick, a slot after the last one; of several shards what became of the last."""
        self.between()
        self.now += self.interval
        return [self.shard(number, by=by) for number in range(self.row.shards)][-1]

    def shard(self, number: int, *, by: type[MemoryReader] = MemoryReader) -> Tick.State | None:
        """One shard's part of the present slot."""
        return collect(
            self.row.pk,
            shard=number,
            open_reader=lambda *_: by(self.kafka),
            clock=lambda: self.now,
        )

    def cut(self, shards: int) -> None:
        """As an operator does it: workers notice by the row."""
        self.row.shards = shards
        self.row.save()

    def every(self, interval: timedelta) -> None:
        self.interval = interval
        seconds = int(interval.total_seconds())
        Cluster.objects.filter(pk=self.row.pk).update(sample_interval_seconds=seconds)

    def ticks(self, count: int) -> None:
        for _ in range(count):
            assert self.tick() is Tick.State.DONE

    def fall_behind(self) -> None:
        """Six records more in `t`, and one of them handled by `g`: lag grows by five."""
        self.kafka.append("t", 0, 6)
        committed = self.kafka.groups["g"].commits["t", 0]
        self.kafka.commit("g", {("t", 0): committed + 1})

    def restart(self) -> None:
        """As a new process: nothing is remembered."""
        for number in range(self.row.shards):
            memory.forget(self.row.pk, Shard(number, self.row.shards))

    def read_log_starts(self) -> None:
        """By whoever has the next tick, as if the last time were long ago."""
        next_one = self._other or memory.memory_of(self.row.pk)
        next_one.read_at.pop(("log starts", ""), None)

    def changes(self, group: str) -> list[str]:
        """The statuses that it turned to, oldest first."""
        changes = StatusChange.objects.filter(group=self.group(group)).order_by("at", "id")
        return list(changes.values_list("after", flat=True))

    def take_turns(self) -> None:
        """As if another process had the next tick, one that has what it knew at its own last."""
        mine = memory.memory_of(self.row.pk)
        self.restart()
        if self._other is not None:
            memory._memories[self.row.pk, ALL] = self._other
        self._other = mine

    @property
    def state(self) -> ClusterState:
        return ClusterState.objects.get(cluster=self.row)

    def group(self, name: str) -> Group:
        return Group.objects.get(cluster=self.row, name=name)

    def read(self, group: str, topic: str) -> Reading:
        rows = GroupTopic.objects.select_related("topic")
        return reading_of(rows.get(group=self.group(group), topic__name=topic))

    def status(self, group: str) -> Status:
        return Status(self.group(group).status)


def member(**assignment: tuple[int, ...]) -> Member:
    return Member("m-1", "", "app", "10.0.0.1", assignment)
