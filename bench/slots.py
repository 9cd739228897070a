"""The slots of a sampled cluster, each with all of its shards' ticks, while workers fill them."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from bench.installation import Installation
from bench.tick_figures import STAGES

LOOK_EVERY_SECONDS = 0.5
PATIENCE_SECONDS = 300.0
# A slot is what the first of these is that one of its shards' ticks is.
WORST_FIRST = ("CLAIMED", "LOST", "FAILED", "SKIPPED", "DONE")

Advance = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Slot:
    """Seconds are those of the shard that took longest; sizes are those of all."""

    slot_at: datetime
    state: str
    read_seconds: float | None
    judge_seconds: float | None
    store_seconds: float | None
    broadcast_seconds: float | None
    groups: int
    group_partitions: int


@dataclass(frozen=True, slots=True)
class Slots:
    """Looks at the slots of one cluster, and has its records go on."""

    cluster: Any
    shards: int
    run: Installation
    advance: Advance

    def begun(self) -> list[Slot]:
        """All slots that any shard has a tick of, the oldest first."""
        ticks = self.cluster.ticks.order_by("slot_at", "shard")
        by_slot = groupby(ticks, key=lambda tick: tick.slot_at)
        return [_slot(list(some), self.shards) for _, some in by_slot]

    def done(self) -> int:
        return sum(slot.state == "DONE" for slot in self.begun())

    def until(self, is_reached: Callable[[], bool]) -> None:
        """Append to each topic once a tick. Raises SystemExit where none is done for long."""
        told, since = -1, time.monotonic()
        while not is_reached():
            self.run.require_all()
            if (count := self.done()) != told:
                self.advance()
                told, since = count, time.monotonic()
            if time.monotonic() - since > PATIENCE_SECONDS:
                raise SystemExit(f"No tick was done for {PATIENCE_SECONDS:.0f} s.")
            time.sleep(LOOK_EVERY_SECONDS)

    def next(self, count: int, every: timedelta) -> list[Slot]:
        """The next slots, once they are over; one that no shard has a tick of is missing."""
        first = self.begun()[-1].slot_at + every
        last = first + (count - 1) * every

        def are_over() -> bool:
            # A shard is let go of when all is told: only then its next tick is more than skipped.
            ticks = self.cluster.ticks.filter(slot_at__gt=last).exclude(state="SKIPPED")
            shards = ticks.values("shard").distinct().count()
            running = self.cluster.ticks.filter(state="CLAIMED", slot_at__lte=last)
            return shards == self.shards and not running.exists()

        self.until(are_over)
        return [slot for slot in self.begun() if first <= slot.slot_at <= last]


def _slot(ticks: Sequence[Any], shards: int) -> Slot:
    slowest = max(ticks, key=_seconds)
    # One without a tick was skipped too.
    states = {tick.state for tick in ticks} | ({"SKIPPED"} if len(ticks) < shards else set())
    return Slot(
        slot_at=slowest.slot_at,
        state=next(state for state in WORST_FIRST if state in states),
        **{f"{stage}_seconds": getattr(slowest, f"{stage}_seconds") for stage in STAGES},
        groups=_sum(tick.groups for tick in ticks),
        group_partitions=_sum(tick.group_partitions for tick in ticks),
    )


def _seconds(tick: Any) -> float:
    return sum(getattr(tick, f"{stage}_seconds") or 0.0 for stage in STAGES)


def _sum(counts: Iterable[int | None]) -> int:
    return sum(count or 0 for count in counts)
