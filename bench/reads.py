"""One pass over a cluster (list, commits, stable ends, log ends), by each way to read it."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
from confluent_kafka import (
    ConsumerGroupTopicPartitions,
    IsolationLevel,
    KafkaException,
    TopicPartition,
)
from confluent_kafka.admin import (  # type: ignore[attr-defined] # documented, not in __all__
    AdminClient,
    OffsetSpec,
)

from bench.kafka_load import slices
from monitor.kafka.bulk.reader import BulkReader
from monitor.kafka.confluent.reader import (
    CALLS_IN_FLIGHT,
    GROUPS_IN_FLIGHT,
    PARTITIONS_A_CALL,
    ConfluentReader,
)
from monitor.kafka.ports import ClusterReader, Edge

TIMEOUT_SECONDS = 60.0


def compare(bootstrap_servers: str, rounds: int) -> dict[str, Any]:
    """Seconds of each way, the best of `rounds` taken in turns, and their ratios."""
    properties = {"bootstrap.servers": bootstrap_servers}
    confluent = ConfluentReader(properties, timeout_seconds=TIMEOUT_SECONDS)
    bulk = BulkReader(properties, timeout_seconds=TIMEOUT_SECONDS, slow=confluent)
    ways: dict[str, Callable[[], None]] = {
        "bulk": lambda: _read(bulk),
        "confluent": lambda: _read(confluent),
        "bare_loop": lambda: bare_loop(AdminClient({**properties})),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, read in ways.items():
            began = time.perf_counter()
            read()
            seconds[name].append(time.perf_counter() - began)
    best = {name: round(min(taken), 4) for name, taken in seconds.items()}
    return {
        **{f"{name}_seconds": taken for name, taken in best.items()},
        "confluent_to_bulk": round(best["confluent"] / best["bulk"], 2),
        "confluent_to_bare_loop": round(best["confluent"] / best["bare_loop"], 2),
    }


def _read(reader: ClusterReader) -> None:
    partitions = reader.cluster().partitions
    names = [group.name for group in reader.groups().groups]
    for start in range(0, len(names), reader.groups_a_call):
        reader.commits(names[start : start + reader.groups_a_call], partitions)
    everywhere = np.arange(len(partitions))
    reader.offsets(everywhere, partitions, Edge.STABLE_END)
    reader.offsets(everywhere, partitions, Edge.LOG_END)


def bare_loop(admin: AdminClient) -> None:
    """What a script would do with the client's own calls: as many at once as the adapter has."""
    topics = admin.list_topics(timeout=TIMEOUT_SECONDS).topics
    listing = admin.list_consumer_groups(request_timeout=TIMEOUT_SECONDS).result()
    # The client refuses the empty name.
    names = [group.group_id for group in listing.valid if group.group_id]
    for some in slices(names, GROUPS_IN_FLIGHT):
        asked = [_commits(admin, name) for name in some]
        for future in asked:
            with suppress(KafkaException):
                future.result()
    places = [
        TopicPartition(name, number)
        for name, topic in topics.items()
        for number in topic.partitions
    ]
    for isolation in (IsolationLevel.READ_COMMITTED, IsolationLevel.READ_UNCOMMITTED):
        calls = list(slices(places, PARTITIONS_A_CALL))
        for some_calls in slices(calls, CALLS_IN_FLIGHT):
            sent = [_ends(admin, some, isolation) for some in some_calls]
            for futures in sent:
                for future in futures.values():
                    # What somebody deletes meanwhile is an error, for a script too.
                    with suppress(KafkaException):
                        future.result()


def _commits(admin: AdminClient, name: str) -> Any:
    request = [ConsumerGroupTopicPartitions(name)]
    return admin.list_consumer_group_offsets(request, request_timeout=TIMEOUT_SECONDS)[name]


def _ends(admin: AdminClient, places: Sequence[TopicPartition], isolation: IsolationLevel) -> Any:
    asked = {place: OffsetSpec.latest() for place in places}
    return admin.list_offsets(asked, isolation_level=isolation, request_timeout=TIMEOUT_SECONDS)
