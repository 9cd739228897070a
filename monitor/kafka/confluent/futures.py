"""Results of confluent-kafka's futures: an answer or an error code, never an exception."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Any, TypeVar

from confluent_kafka import KafkaError, KafkaException

Asked = TypeVar("Asked")
Handle = TypeVar("Handle")

TIMED_OUT: int = KafkaError._TIMED_OUT


def answer_of(future: "Future[Any]", timeout_seconds: float) -> tuple[Any, int]:
    """The answer and 0, or None and an error code."""
    try:
        return future.result(timeout_seconds), 0
    except KafkaException as problem:
        return None, code_of(problem)
    except FutureTimeoutError:
        return None, TIMED_OUT


def code_of(problem: KafkaException) -> int:
    error = problem.args[0]
    return int(error.code()) if isinstance(error, KafkaError) else TIMED_OUT


def in_flight(
    asked: Iterable[Asked], send: Callable[[Asked], Handle], *, most: int
) -> Iterator[tuple[Asked, Handle]]:
    """Send for each of `asked`, at most `most` ahead of the one whose answer is taken next."""
    waiting: deque[tuple[Asked, Handle]] = deque()
    for one in asked:
        waiting.append((one, send(one)))
        if len(waiting) >= most:
            yield waiting.popleft()
    yield from waiting
