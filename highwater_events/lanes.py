"""Records waiting for a handler, in order per key, shared between the poll loop and the workers."""

import heapq
import threading
import time
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass

from highwater_events.backpressure import Load
from highwater_events.broker.base import Record, TopicPartition
from highwater_events.progress import PartitionProgress

LaneKey = tuple[str, int, bytes | None]


@dataclass(slots=True, eq=False)
class Job:
    """A record on its way through the handlers.

    `attempt` is the attempt to come, `outages` how many failures in a row were no fault of the
    record. An abandoned job belongs to a partition that has gone: it is not tried again.
    """

    record: Record
    progress: PartitionProgress
    attempt: int = 1
    outages: int = 0
    is_abandoned: bool = False

    @property
    def partition(self) -> TopicPartition:
        return TopicPartition(self.record.topic, self.record.partition)

    @property
    def lane(self) -> LaneKey:
        """Records of one lane are handled one after the other; those without a key share one."""
        return (self.record.topic, self.record.partition, self.record.key)

    @property
    def size_bytes(self) -> int:
        return len(self.record.key or b"") + len(self.record.value or b"")


class Lanes:
    """A queue of jobs in which only the first of each key can be taken.

    A taken job stays at the head of its lane until `finish`, so a key that waits for its next
    attempt holds up itself alone, and costs no worker.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._lanes: dict[LaneKey, deque[Job]] = {}
        self._ready: deque[LaneKey] = deque()
        self._sleeping: list[tuple[float, int, LaneKey]] = []
        self._sequence = 0  # breaks ties in the heap, which must not compare keys that may be None
        self._taken: set[Job] = set()
        self._load = Load()
        self._is_closed = False

    def put(self, job: Job) -> None:
        with self._changed:
            lane = self._lanes.setdefault(job.lane, deque())
            lane.append(job)
            self._load = self._load.plus(job.size_bytes)
            if len(lane) == 1:
                self._make_ready(job.lane)

    def take(self, timeout_seconds: float | None = None) -> Job | None:
        """The next job that may be handled; None when closed or after the time-out."""
        deadline = None if timeout_seconds is None else self._clock() + timeout_seconds
        with self._changed:
            while not self._is_closed:
                self._wake_due()
                if self._ready:
                    job = self._lanes[self._ready.popleft()][0]
                    self._taken.add(job)
                    return job
                if deadline is not None and self._clock() >= deadline:
                    return None
                self._changed.wait(self._wait_seconds(deadline))
            return None

    def finish(self, job: Job) -> None:
        """Let the next record of this key go."""
        with self._changed:
            self._taken.discard(job)
            lane = self._lanes[job.lane]
            lane.popleft()
            self._load = self._load.minus(job.size_bytes)
            if lane:
                self._make_ready(job.lane)
            else:
                del self._lanes[job.lane]
            self._changed.notify_all()

    def retry(self, job: Job, delay_seconds: float) -> bool:
        """Offer the job again after a while; False if its partition has gone in the meantime."""
        with self._changed:
            if job.is_abandoned:
                return False
            self._taken.discard(job)
            self._sequence += 1
            due = self._clock() + delay_seconds
            heapq.heappush(self._sleeping, (due, self._sequence, job.lane))
            self._changed.notify_all()
            return True

    def discard(self, partitions: Collection[TopicPartition]) -> None:
        """Drop what nobody has taken yet; mark the taken ones as abandoned."""
        with self._changed:
            for key in [key for key in self._lanes if TopicPartition(*key[:2]) in partitions]:
                self._discard_lane(key)
            self._ready = deque(key for key in self._ready if key in self._lanes)
            self._sleeping = [entry for entry in self._sleeping if entry[2] in self._lanes]
            heapq.heapify(self._sleeping)

    def taken_in(self, partitions: Collection[TopicPartition]) -> int:
        """How many jobs of these partitions are in a worker's or the dead-letter writer's hands."""
        with self._changed:
            return sum(1 for job in self._taken if job.partition in partitions)

    def load(self) -> Load:
        """Everything that was put and is not finished."""
        with self._changed:
            return self._load

    def close(self) -> None:
        """Let every `take` return None, now and later."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def _make_ready(self, key: LaneKey) -> None:
        self._ready.append(key)
        self._changed.notify()

    def _discard_lane(self, key: LaneKey) -> None:
        jobs = self._lanes.pop(key)
        if jobs[0] in self._taken:
            jobs[0].is_abandoned = True
            self._lanes[key] = deque([jobs.popleft()])
        for job in jobs:
            self._load = self._load.minus(job.size_bytes)

    def _wake_due(self) -> None:
        while self._sleeping and self._sleeping[0][0] <= self._clock():
            self._ready.append(heapq.heappop(self._sleeping)[2])

    def _wait_seconds(self, deadline: float | None) -> float | None:
        ends = [deadline] if deadline is not None else []
        ends += [self._sleeping[0][0]] if self._sleeping else []
        return max(min(ends) - self._clock(), 0.0) if ends else None
