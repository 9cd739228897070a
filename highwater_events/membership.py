"""One stay in a consumer group, from joining to leaving: fetch, hand out, collect, commit."""

import logging
import time
from collections.abc import Callable, Collection, Sequence

from highwater_events.broker.base import Consumer, Record, TopicPartition
from highwater_events.deadletter import DeadLetters
from highwater_events.errors import BrokerUnreachableError, FencedError
from highwater_events.lanes import Job, Lanes
from highwater_events.meters import Meters
from highwater_events.pauses import Pauses, listed
from highwater_events.progress import PartitionProgress
from highwater_events.spec import ConsumerSpec
from highwater_events.workers import Outcome, Workers

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.1
COLLECT_SECONDS = 0.02


class Membership:
    """All of it runs in the poll loop's thread; only lanes and workers know others.

    Also the rebalance listener: revoked partitions finish what is in flight and commit before they
    go, lost ones commit nothing, for they are someone else's already.
    """

    def __init__(
        self,
        spec: ConsumerSpec,
        consumer: Consumer,
        *,
        lanes: Lanes,
        workers: Workers,
        dead_letters: DeadLetters,
        meters: Meters,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._spec = spec
        self._consumer = consumer
        self._lanes = lanes
        self._workers = workers
        self._dead_letters = dead_letters
        self._meters = meters
        self._clock = clock
        self._progress: dict[TopicPartition, PartitionProgress] = {}
        self._pauses = Pauses(spec.limits)
        self._paused: frozenset[TopicPartition] = frozenset()
        self._commit_due = clock() + spec.commit_interval_seconds

    def join(self) -> None:
        self._consumer.subscribe(self._spec.topics, self)

    def step(self) -> None:
        """One turn of the loop. Raises BrokerUnreachableError when the client gave up."""
        self._accept(self._consumer.poll(POLL_SECONDS, max_records=self._spec.poll_records))
        self._collect()
        self._apply_pauses()
        if self._clock() >= self._commit_due:
            self._commit(tuple(self._progress))
            self._measure()
            self._commit_due = self._clock() + self._spec.commit_interval_seconds

    def leave(self) -> None:
        """Finish what is in flight, commit and leave the group, within the spec's drain time."""
        partitions = tuple(self._progress)
        self._settle(partitions)
        self._let_go(partitions)
        self._consumer.close()

    def give_up(self) -> None:
        """Close after the client lost the broker for good; nothing can be committed."""
        self._let_go(tuple(self._progress))
        self._consumer.close()

    def on_assigned(self, partitions: Sequence[TopicPartition]) -> None:
        logger.info("Assigned %s.", listed(partitions))
        for partition in partitions:
            self._progress[partition] = PartitionProgress()

    def on_revoked(self, partitions: Sequence[TopicPartition]) -> None:
        logger.info("Giving back %s.", listed(partitions))
        self._settle(partitions)
        self._let_go(partitions)

    def on_lost(self, partitions: Sequence[TopicPartition]) -> None:
        logger.warning("Lost %s to another member; nothing is committed.", listed(partitions))
        self._let_go(partitions)

    def _accept(self, records: Sequence[Record]) -> None:
        gone_back: set[TopicPartition] = set()
        for record in records:
            partition = TopicPartition(record.topic, record.partition)
            progress = self._progress.get(partition)
            if progress is None or partition in gone_back:
                continue  # revoked while the batch was on its way, or read again from further back
            if progress.start(record.offset):
                self._lanes.put(Job(record, progress))
            else:
                gone_back.add(partition)
                self._go_back(partition, record.offset)

    def _go_back(self, partition: TopicPartition, offset: int) -> None:
        """Read on from an offset that was read before.

        Where a topic was made anew, or lost its end with its leader, other records stand at known
        offsets: to take them for second deliveries would lose them. What was one is harmless.
        """
        logger.warning("%s-%s goes back to %s; all from there is handled.", *partition, offset)
        self._drop([partition])
        self._progress[partition] = PartitionProgress()
        self._consumer.seek(partition, offset)

    def _collect(self, wait_seconds: float = 0.0) -> None:
        outcome = self._workers.next_outcome(wait_seconds)
        while outcome is not None:
            self._note(outcome)
            outcome = self._workers.next_outcome()
        for job, is_written in self._dead_letters.poll():
            self._lanes.finish(job)
            if is_written:
                self._meters.dead_letter(job.record.topic)
                job.progress.finish(job.record.offset)

    def _note(self, outcome: Outcome) -> None:
        job, failure = outcome.job, outcome.failure
        if failure is None or not outcome.needs_dead_letter:
            job.progress.finish(job.record.offset)
        elif self._progress.get(job.partition) is job.progress:
            self._dead_letters.send(job, failure.error)
        else:
            self._lanes.finish(job)  # lost: its new owner reads the record again and judges it

    def _apply_pauses(self) -> None:
        gaps = {partition: progress.gap for partition, progress in self._progress.items()}
        wanted = self._pauses.wanted(self._lanes.load(), gaps, self._dead_letters.held_up())
        if wanted - self._paused:
            self._consumer.pause(wanted - self._paused)
        if self._paused - wanted:
            self._consumer.resume(self._paused - wanted)
        self._paused = wanted

    def _commit(self, partitions: Collection[TopicPartition]) -> None:
        moved = {
            one: self._progress[one].committable() for one in partitions if one in self._progress
        }
        offsets = {one: offset for one, offset in moved.items() if offset is not None}
        if not offsets:
            return
        try:
            self._consumer.commit(offsets)
        except (BrokerUnreachableError, FencedError) as failure:
            # The offsets stay due: the next commit takes them along, or a successor reads again.
            logger.warning("Could not commit %s: %s", listed(tuple(offsets)), failure)
            return
        for partition, offset in offsets.items():
            self._progress[partition].mark_committed(offset)

    def _settle(self, partitions: Sequence[TopicPartition]) -> None:
        """Drop what no handler has begun, wait for the rest, commit what is finished."""
        deadline = self._clock() + self._spec.drain_seconds
        self._drop(partitions)
        while self._lanes.taken_in(partitions) and self._clock() < deadline:
            self._collect(COLLECT_SECONDS)
        self._collect()
        self._commit(partitions)

    def _drop(self, partitions: Collection[TopicPartition]) -> None:
        self._lanes.discard(partitions)
        for job in self._dead_letters.forget(partitions):
            self._lanes.finish(job)

    def _let_go(self, partitions: Sequence[TopicPartition]) -> None:
        self._drop(partitions)
        self._paused -= frozenset(partitions)
        self._meters.forget(partitions)
        for partition in partitions:
            self._progress.pop(partition, None)

    def _measure(self) -> None:
        self._meters.holding(
            in_flight=self._lanes.load().records,
            paused=len(self._paused),
            held_up=len(self._dead_letters.held_up()),
        )
        for partition, progress in self._progress.items():
            log_end = self._consumer.log_end(partition)
            self._meters.lag(partition, committed=progress.committed, log_end=log_end)
