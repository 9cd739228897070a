"""One commit in a thread of its own.

librdkafka repeats a commit to a coordinator that went silent for as long as the silence lasts, and
heeds neither time-outs nor signals meanwhile; whoever must stop in time cannot wait in there.
"""

import threading
from collections.abc import Mapping

from confluent_kafka import Consumer as Client
from confluent_kafka import KafkaException
from confluent_kafka import TopicPartition as ClientPartition

from highwater_events.broker.base import TopicPartition
from highwater_events.broker.confluent.mapping import broker_error


class CommitThread(threading.Thread):
    """Commits once. `raise_error` tells the outcome when it has ended."""

    def __init__(self, client: Client, offsets: Mapping[TopicPartition, int]) -> None:
        super().__init__(name="commit", daemon=True)
        self._client = client
        self._offsets = [ClientPartition(*each, offset) for each, offset in offsets.items()]
        self._answers: list[ClientPartition] = []
        self._problem: KafkaException | None = None

    def run(self) -> None:
        try:
            self._answers = self._client.commit(offsets=self._offsets, asynchronous=False) or []
        except KafkaException as problem:
            self._problem = problem

    def raise_error(self) -> None:
        """Raises FencedError, BrokerUnreachableError or BrokerError where the commit failed."""
        if self._problem is not None:
            raise broker_error(self._problem.args[0], "commit offsets") from self._problem
        for answer in self._answers:
            if answer.error is not None:
                raise broker_error(answer.error, f"commit {answer.topic} {answer.partition}")
