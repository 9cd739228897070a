"""Topics and groups to measure with: each group has commits in every partition of one topic."""

import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeVar

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined] # documented, not in __all__
    AdminClient,
    NewTopic,
)

from monitor.errors import ClusterUnreachableError
from monitor.kafka.confluent.offsets import ConfluentOffsets

PARTITIONS_A_TOPIC = 20
TOPICS_A_CALL = 200
GROUPS_IN_FLIGHT = 64
PATIENCE_SECONDS = 300.0
PAUSE_SECONDS = 0.5


Item = TypeVar("Item")
Advance = Callable[[], None]


@contextmanager
def load(bootstrap_servers: str, *, groups: int, partitions: int) -> Iterator[Advance]:
    """Make the topics and commits, and delete both at the end.

    Yields a function that appends a record to each topic, so that every group's lag changes.
    """
    admin = AdminClient({"bootstrap.servers": bootstrap_servers})
    prefix = f"bench-{uuid.uuid4().hex[:8]}"
    topics = [f"{prefix}-{number}" for number in range(-(-partitions // PARTITIONS_A_TOPIC))]
    names = [f"{prefix}-group-{number}" for number in range(groups)]
    try:
        for some in slices(topics, TOPICS_A_CALL):
            new = [NewTopic(topic, PARTITIONS_A_TOPIC, 1) for topic in some]
            _wait(admin.create_topics(new, request_timeout=60).values())
        _wait_for_coordinators(bootstrap_servers, names[0])
        _commit(admin, {name: topics[i % len(topics)] for i, name in enumerate(names)})
        yield lambda: _append(bootstrap_servers, topics)
    finally:
        for some in slices(names, GROUPS_IN_FLIGHT):
            _wait(admin.delete_consumer_groups(some, request_timeout=60).values(), strict=False)
        for some in slices(topics, TOPICS_A_CALL):
            _wait(admin.delete_topics(some, request_timeout=60).values(), strict=False)


def _wait_for_coordinators(bootstrap_servers: str, group: str) -> None:
    """A commit sent while a new broker makes its coordinators was seen to get no answer at all."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        offsets = ConfluentOffsets({"bootstrap.servers": bootstrap_servers}, timeout_seconds=5)
        try:
            offsets.group(group)
        except ClusterUnreachableError:
            if time.monotonic() > deadline:
                raise
        else:
            return


def _append(bootstrap_servers: str, topics: Sequence[str]) -> None:
    producer = Producer({"bootstrap.servers": bootstrap_servers})
    for topic in topics:
        producer.produce(topic, b"x", partition=0)
    producer.flush(60)


def _commit(admin: AdminClient, topic_of: dict[str, str]) -> None:
    """The client reports a refused partition without raising, so each answer is looked at.

    Asked again for as long as a broker may take to make its offsets topic after all the others.
    """
    left, deadline = dict(topic_of), time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        for some in slices(list(left), GROUPS_IN_FLIGHT):
            sent = {name: _alter(admin, name, left[name]) for name in some}
            for name, future in sent.items():
                if _is_committed(future):
                    del left[name]
        if not left:
            return
        time.sleep(PAUSE_SECONDS)
    raise SystemExit(f"The broker refuses the commits of {len(left)} groups.")


def _alter(admin: AdminClient, group: str, topic: str) -> "Future[Any]":
    places = [TopicPartition(topic, number, 0) for number in range(PARTITIONS_A_TOPIC)]
    asked = [ConsumerGroupTopicPartitions(group, places)]
    return admin.alter_consumer_group_offsets(asked, request_timeout=60)[group]


def _is_committed(future: "Future[Any]") -> bool:
    try:
        return not any(place.error for place in future.result(60).topic_partitions)
    except KafkaException:
        return False


def _wait(futures: Any, *, strict: bool = True) -> None:
    for future in futures:
        try:
            future.result(60)
        except KafkaException:
            if strict:
                raise


def slices(some: Iterable[Item], size: int) -> Iterator[list[Item]]:
    rest = iter(some)
    while taken := list(islice(rest, size)):
        yield taken
