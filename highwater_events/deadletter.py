"""Records that could not be handled: their form in the dead-letter topic, and writing them."""

import logging
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from highwater_events import provenance
from highwater_events.broker.base import (
    Broker,
    Delivery,
    Headers,
    OutgoingRecord,
    Record,
    TopicPartition,
)
from highwater_events.errors import BrokerError
from highwater_events.lanes import Job
from highwater_events.retries import Backoff

logger = logging.getLogger(__name__)

SUFFIX = ".dlq"
REPORT_SECONDS = 300.0  # a producer reports each record by then, delivered or not
CLOSE_SECONDS = 0.5
MESSAGE_CHARS = 1_000  # an error may quote a whole payload; headers are no place for it


def dead_letter_topic(topic: str) -> str:
    return topic + SUFFIX


def to_dead_letter(
    record: Record, error: Exception, *, group: str, attempts: int, failed_at: datetime
) -> OutgoingRecord:
    """`record` for the dead-letter topic: key, value and headers as they were, provenance added."""
    added = {
        provenance.ORIGINAL_TOPIC: record.topic,
        provenance.ORIGINAL_PARTITION: str(record.partition),
        provenance.ORIGINAL_OFFSET: str(record.offset),
        provenance.EXCEPTION_CLASS: f"{type(error).__module__}.{type(error).__qualname__}",
        provenance.EXCEPTION_MESSAGE: str(error)[:MESSAGE_CHARS],
        provenance.ATTEMPTS: str(attempts),
        provenance.GROUP: group,
        provenance.FAILED_AT: failed_at.isoformat().replace("+00:00", "Z"),
    }
    if record.timestamp_ms is not None:
        added[provenance.ORIGINAL_TIMESTAMP_MS] = str(record.timestamp_ms)
    encoded: Headers = tuple(
        (name, value.encode(errors="replace")) for name, value in added.items()
    )
    return OutgoingRecord(
        dead_letter_topic(record.topic), record.key, record.value, (*record.headers, *encoded)
    )


@dataclass(slots=True, eq=False)
class _Letter:
    job: Job
    outgoing: OutgoingRecord
    failures: int = 0
    due: float = 0.0
    is_over: bool = False


class DeadLetters:
    """Writes dead letters, and knows the partitions that are held up because it cannot.

    A record whose letter is not written stays unfinished, so it is never committed and never lost:
    its partition is to be paused until the topic takes letters again. Used by one thread.
    """

    def __init__(
        self,
        broker: Broker,
        *,
        group: str,
        backoff: Backoff | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._group = group
        self._producer = broker.producer(client_id=f"{group}-dead-letters")
        self._backoff = backoff or Backoff(0.5, 2.0, 10.0)
        self._clock = clock
        self._refused: dict[Job, _Letter] = {}
        self._ended: list[tuple[Job, bool]] = []

    def held_up(self) -> frozenset[TopicPartition]:
        """Partitions with a letter that the topic did not take."""
        return frozenset(job.partition for job in self._refused)

    def send(self, job: Job, error: Exception) -> None:
        """Queue the letter of a job that has failed for good."""
        failed_at = datetime.now(UTC)
        outgoing = to_dead_letter(
            job.record, error, group=self._group, attempts=job.attempt, failed_at=failed_at
        )
        self._send(_Letter(job, outgoing))

    def poll(self) -> list[tuple[Job, bool]]:
        """Serve reports, send refused letters again; jobs that ended, and if they are written."""
        now = self._clock()
        for letter in [one for one in self._refused.values() if one.due <= now]:
            letter.due = now + REPORT_SECONDS  # until its report says otherwise
            self._send(letter)
        self._producer.poll()
        ended, self._ended = self._ended, []
        return ended

    def forget(self, partitions: Collection[TopicPartition]) -> list[Job]:
        """Give up refused letters of partitions whose records a successor reads again."""
        forgotten = [job for job in self._refused if job.partition in partitions]
        for job in forgotten:
            self._refused.pop(job).is_over = True
        return forgotten

    def close(self) -> None:
        self._producer.close(CLOSE_SECONDS)

    def _send(self, letter: _Letter) -> None:
        self._producer.send(letter.outgoing, partial(self._report, letter))

    def _report(self, letter: _Letter, delivery: Delivery) -> None:
        if letter.is_over:
            return
        if delivery.error is None or letter.job.is_abandoned:
            letter.is_over = True
            self._refused.pop(letter.job, None)
            self._ended.append((letter.job, delivery.error is None))
        else:
            self._hold_up(letter, delivery.error)

    def _hold_up(self, letter: _Letter, error: BrokerError) -> None:
        letter.failures += 1
        letter.due = self._clock() + self._backoff.delay_seconds(letter.failures)
        self._refused[letter.job] = letter
        logger.error(
            "Partition %s-%s is paused: a dead letter of it cannot be written to %s (%s). "
            "Nothing is lost; check that this topic exists and takes records of this size.",
            *letter.job.partition,
            letter.outgoing.topic,
            error,
        )
