"""The threads in which handlers run."""

import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from highwater_events.lanes import Job, Lanes
from highwater_events.retries import Decision, Verdict
from highwater_events.spec import Scope


@dataclass(frozen=True, slots=True)
class Failure:
    """An attempt that failed, and what the policy decided."""

    error: Exception
    decision: Decision


@dataclass(frozen=True, slots=True)
class Outcome:
    """A job that was handled or passed over, or that failed for good and needs a dead letter."""

    job: Job
    failure: Failure | None = None

    @property
    def needs_dead_letter(self) -> bool:
        return self.failure is not None and self.failure.decision.verdict is Verdict.DEAD_LETTER


class Workers:
    """A fixed number of threads that take jobs from the lanes and try them.

    Retries go back to the lanes unseen; everything final comes out of `next_outcome`. A failed job
    that needs a dead letter keeps its lane until the caller finishes it there.
    """

    def __init__(
        self,
        lanes: Lanes,
        attempt: Callable[[Job], Failure | None],
        *,
        count: int,
        scope: Scope = nullcontext,
    ) -> None:
        self._lanes = lanes
        self._scope = scope
        self._attempt = attempt
        self._ends: SimpleQueue[Outcome | BaseException] = SimpleQueue()
        # Daemons: a handler that hangs past the drain's deadline must not keep the process alive.
        self._threads = [
            threading.Thread(target=self._run, name=f"handler-{number}", daemon=True)
            for number in range(count)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def next_outcome(self, timeout_seconds: float = 0.0) -> Outcome | None:
        """The next final outcome, None after the time-out; raises what broke a worker thread."""
        try:
            end = (
                self._ends.get(timeout=timeout_seconds)
                if timeout_seconds
                else self._ends.get_nowait()
            )
        except Empty:
            return None
        if isinstance(end, BaseException):
            raise end
        return end

    def join(self, timeout_seconds: float) -> None:
        """Wait for the threads, after the lanes were closed; no longer than that in all."""
        deadline = time.monotonic() + timeout_seconds
        for thread in self._threads:
            thread.join(max(deadline - time.monotonic(), 0.0))

    def _run(self) -> None:
        try:
            with self._scope():
                while (job := self._lanes.take()) is not None:
                    self._work_on(job)
        except BaseException as crash:
            self._ends.put(crash)

    def _work_on(self, job: Job) -> None:
        failure = self._attempt(job)
        if failure is not None and failure.decision.verdict is Verdict.RETRY:
            self._try_again(job, failure)
            return
        outcome = Outcome(job, failure)
        # The end is told before the lane is freed: who sees no taken job has then all ends to read.
        self._ends.put(outcome)
        if not outcome.needs_dead_letter:
            self._lanes.finish(job)

    def _try_again(self, job: Job, failure: Failure) -> None:
        if failure.decision.is_outage:
            job.outages += 1
        else:
            job.attempt, job.outages = job.attempt + 1, 0
        if not self._lanes.retry(job, failure.decision.delay_seconds):
            self._lanes.finish(job)
