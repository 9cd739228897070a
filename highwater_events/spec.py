"""What a service declares of one of its consumers, and what its processes add to that."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Protocol

from highwater_events.backpressure import Limits
from highwater_events.retries import RetryPolicy
from highwater_events.router import Router


@dataclass(frozen=True, slots=True)
class ConsumerSpec:
    """A consumer group member: what it reads, who handles it, and how hard it tries.

    `workers` handlers run at once, never two for the same key. Records that fail for good go to
    `<topic>.dlq`, which must exist. `drain_seconds` is how long running handlers may take when the
    process stops or partitions move; what is not done by then is handled again by the successor.
    """

    group: str
    topics: Sequence[str]
    router: Router
    workers: int = 4
    retries: RetryPolicy = field(default_factory=RetryPolicy)
    limits: Limits = field(default_factory=Limits)
    poll_records: int = 500
    commit_interval_seconds: float = 1.0
    drain_seconds: float = 3.0


class Stop(Protocol):
    """Tells a loop when to end; `StopFlag` and `threading.Event` both do."""

    def is_set(self) -> bool: ...

    def wait(self, timeout_seconds: float, /) -> bool:
        """Wait so long at most; whether it is set."""


Scope = Callable[[], AbstractContextManager[object]]


@dataclass(frozen=True, slots=True)
class Scopes:
    """What is entered around each worker thread and around each attempt, such as connections."""

    thread: Scope = nullcontext
    attempt: Scope = nullcontext
