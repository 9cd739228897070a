"""Commits of many groups by librdkafka's client: a request a group, some of them at once.

The client's methods make two futures for each request, with a lock and a condition each. Its half
in C takes anything that has the two methods by which a future is told, so here one queue hears of
all. `bench.sample` compares a pass with a loop of the client's own methods.
"""

from collections.abc import Iterator, Sequence
from queue import Empty, SimpleQueue
from typing import Any

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from monitor.kafka.codes import NAME_NOT_CARRIED
from monitor.kafka.confluent.futures import TIMED_OUT, code_of

Found = tuple[int, Sequence[TopicPartition], int]


def group_offsets(
    admin: AdminClient, names: Sequence[str], *, most: int, timeout_seconds: float
) -> Iterator[Found]:
    """The place of each name, its commits, and an error code or 0; in the order of the answers.

    At most `most` requests are on their way, each of which librdkafka gives up after
    `timeout_seconds`.
    """
    arrived: SimpleQueue[_Answer] = SimpleQueue()
    waiting = set[int]()
    for index, name in enumerate(names):
        if _is_asked(admin, name, _Answer(index, arrived), timeout_seconds):
            waiting.add(index)
        else:
            yield index, (), NAME_NOT_CARRIED
        while len(waiting) >= most:
            yield from _next(arrived, waiting, timeout_seconds)
    while waiting:
        yield from _next(arrived, waiting, timeout_seconds)


class _Answer:
    """What the client tells of one request, from a thread of its own."""

    __slots__ = ("_arrived", "code", "found", "index", "problem")

    def __init__(self, index: int, arrived: "SimpleQueue[_Answer]") -> None:
        self.index, self._arrived = index, arrived
        self.found: Sequence[TopicPartition] = ()
        self.code = 0
        self.problem: BaseException | None = None

    def set_result(self, groups: Sequence[Any]) -> None:
        group = groups[0]
        if isinstance(group, KafkaError):
            self.code = int(group.code())
        else:
            self.found = group.topic_partitions
        self._arrived.put(self)

    def set_exception(self, problem: BaseException) -> None:
        if isinstance(problem, KafkaException):
            self.code = code_of(problem)
        else:
            self.problem = problem
        self._arrived.put(self)


def _is_asked(admin: AdminClient, name: str, answer: _Answer, timeout_seconds: float) -> bool:
    """False for a name that cannot be sent."""
    # The client refuses the empty name, and cuts one at NUL: it would answer for another group.
    if not name or "\0" in name:
        return False
    try:
        ask = super(AdminClient, admin).list_consumer_group_offsets
        ask([ConsumerGroupTopicPartitions(name)], answer, request_timeout=timeout_seconds)
    except ValueError:  # UnicodeError too
        return False
    return True


def _next(
    arrived: "SimpleQueue[_Answer]", waiting: set[int], timeout_seconds: float
) -> Iterator[Found]:
    """The next answer; of a client that is stuck, none of those that are waited for."""
    try:
        # librdkafka keeps the time-out itself; ours is longer.
        answer = arrived.get(timeout=timeout_seconds + 2)
    except Empty:
        for index in sorted(waiting):
            yield index, (), TIMED_OUT
        waiting.clear()
        return
    if answer.problem is not None:
        raise answer.problem
    if answer.index in waiting:
        waiting.remove(answer.index)
        yield answer.index, answer.found, answer.code
