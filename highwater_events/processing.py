"""One attempt at one record: read the envelope, find the handler, call it within a span."""

import logging
import time

from highwater_events import provenance
from highwater_events.envelope import from_record
from highwater_events.lanes import Job
from highwater_events.meters import Meters
from highwater_events.process_span import process_span
from highwater_events.retries import Decision, RetryPolicy, Verdict
from highwater_events.router import Context, Router
from highwater_events.spec import Scope
from highwater_events.tracing import mark_failed
from highwater_events.workers import Failure

logger = logging.getLogger(__name__)


class Processing:
    """What the worker threads do with a job. Holds no state, so all threads share one."""

    def __init__(
        self, router: Router, policy: RetryPolicy, *, group: str, scope: Scope, meters: Meters
    ) -> None:
        self._router = router
        self._policy = policy
        self._group = group
        self._scope = scope
        self._meters = meters

    def attempt(self, job: Job) -> Failure | None:
        """Try the record once; a failure carries the policy's decision."""
        started = time.perf_counter()
        failure = self._try(job)
        error = failure.error if failure else None
        self._meters.attempt(job.record.topic, time.perf_counter() - started, error)
        return failure

    def _try(self, job: Job) -> Failure | None:
        with process_span(job.record, group=self._group) as span:
            try:
                with self._scope():
                    self._handle(job)
            except Exception as error:  # a handler may raise anything, and the policy decides
                mark_failed(span, error)
                decision = self._policy.decide(error, attempt=job.attempt, outages=job.outages)
                _log(job, error, decision)
                return Failure(error, decision)
        return None

    def _handle(self, job: Job) -> None:
        context = Context(
            event=from_record(job.record),
            record=job.record,
            attempt=job.attempt,
            is_replay=provenance.is_replay(job.record.headers),
        )
        route = self._router.route(context)
        if route is not None:
            route.handler(context)


def _log(job: Job, error: Exception, decision: Decision) -> None:
    place = (*job.partition, job.record.offset)
    if decision.verdict is Verdict.RETRY:
        logger.warning(
            "%s-%s at %s failed and is tried again in %.1f s: %s: %s",
            *place,
            decision.delay_seconds,
            type(error).__qualname__,
            error,
        )
    else:
        # The last chance to see where it failed: a dead letter carries the message alone.
        logger.error(
            "%s-%s at %s failed %s times; now: %s.",
            *place,
            job.attempt,
            decision.verdict.value,
            exc_info=error,
        )
