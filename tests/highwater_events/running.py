"""A consumer runner in a thread of the test."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from highwater_events.broker.base import Broker, Record, TopicPartition
from highwater_events.broker.memory import MemoryBroker, MemoryConsumer
from highwater_events.consumer import ConsumerRunner
from highwater_events.errors import BrokerUnreachableError
from highwater_events.retries import Backoff, RetryPolicy, Rule
from highwater_events.router import Context, Router
from highwater_events.spec import ConsumerSpec, Scopes

QUICK = RetryPolicy(default=Rule(max_attempts=3, backoff=Backoff(first_seconds=0.01)))


class RunningConsumer:
    """Starts at once; `stop` drains it and raises what broke it."""

    def __init__(self, spec: ConsumerSpec, broker: Broker, scopes: Scopes | None = None) -> None:
        self._runner = ConsumerRunner(spec, broker, scopes=scopes)
        self._stop = threading.Event()
        self._broken: list[BaseException] = []
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def is_over(self) -> bool:
        return not self._thread.is_alive()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(30)
        assert not self._thread.is_alive()
        if self._broken:
            raise self._broken.pop()

    def _run(self) -> None:
        try:
            self._runner.run(self._stop)
        except BaseException as error:
            self._broken.append(error)


class GivesUp(MemoryConsumer):
    """A client that loses its broker for good at the first poll."""

    def poll(self, timeout_seconds: float, *, max_records: int = 500) -> list[Record]:
        raise BrokerUnreachableError("gave up")


class Remembering(MemoryBroker):
    """A twin that lets a test get at the members."""

    def __init__(self, *, gives_up_once: bool = False) -> None:
        super().__init__()
        self.consumers: list[MemoryConsumer] = []
        self._gives_up_once = gives_up_once

    def consumer(self, group_id: str, *, client_id: str = "highwater") -> MemoryConsumer:
        made = super().consumer(group_id, client_id=client_id)
        if self._gives_up_once and not self.consumers:
            made = GivesUp(self, made.group)
        self.consumers.append(made)
        return made


Start = Callable[..., RunningConsumer]


@dataclass
class Handled:
    """A handler that notes what it was given; `then` is what it does before that."""

    then: Callable[[Context], None] = lambda context: None
    contexts: list[Context] = field(default_factory=list)

    def __call__(self, context: Context) -> None:
        self.then(context)
        self.contexts.append(context)

    def payloads(self, key: str | None = None) -> list[bytes]:
        return [one.event.payload for one in self.contexts if key in (None, one.event.aggregate_id)]


def a_spec(topic: str, handler: Callable[[Context], None], **fields: Any) -> ConsumerSpec:
    router = Router()
    router.on("order.placed")(handler)
    settings: Mapping[str, Any] = {"retries": QUICK, "commit_interval_seconds": 0.05, **fields}
    return ConsumerSpec(f"{topic}-group", (topic,), router, **settings)


class _Deaf:
    def on_assigned(self, partitions: Sequence[TopicPartition]) -> None: ...

    def on_revoked(self, partitions: Sequence[TopicPartition]) -> None: ...

    def on_lost(self, partitions: Sequence[TopicPartition]) -> None: ...


def read_all(
    broker: Broker, topic: str, group: str, *, count: int, within_seconds: float = 30
) -> list[Record]:
    """`count` records of a topic, as a member of `group` finds them."""
    consumer = broker.consumer(group)
    consumer.subscribe([topic], _Deaf())
    records: list[Record] = []
    deadline = time.monotonic() + within_seconds
    while len(records) < count and time.monotonic() < deadline:
        records += consumer.poll(0.1)
    consumer.close()
    return records
