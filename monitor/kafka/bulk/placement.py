"""Where things live: the leader of each partition, the coordinator of each group."""

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

import numpy as np
from kafka.protocol.metadata import FindCoordinatorRequest, MetadataRequest

from monitor.errors import ClusterUnreachableError
from monitor.kafka.bulk.connection import Brokers
from monitor.kafka.bulk.wire import raw
from monitor.kafka.ports import ClusterListing, Int32s, Int64s, PartitionIndex

METADATA_VERSION, FIND_COORDINATOR_VERSION = 9, 4
# From version 10 on, where a broker speaks it, topics come with their ids.
_NEWEST_METADATA_VERSION = 12
NOBODY = -1

LONGEST_CLUSTER_ID = 100
WIDEST_GAP = 1000
_KEYS_A_REQUEST = 1000
_GROUP_KEY = 0


class Placement:
    """As last told. What has moved since is found by asking again."""

    def __init__(self, brokers: Brokers) -> None:
        self._brokers = brokers
        self._leaders: dict[str, Int32s] = {}
        self._topic_ids: dict[str, str] = {}
        self.coordinators: dict[str, int] = {}
        self.refusals: dict[str, int] = {}  # why a group's coordinator was not told, or 0

    def read_cluster(self) -> ClusterListing:
        """Raises ClusterUnreachableError."""
        answer = self._metadata()
        return ClusterListing(
            kafka_cluster_id=(answer.cluster_id or "").replace("\0", "")[:LONGEST_CLUSTER_ID],
            broker_count=len(answer.brokers),
            partitions=self._catalogue(),
            topic_ids=self._topic_ids,
        )

    def refresh_leaders(self) -> None:
        """Raises ClusterUnreachableError."""
        self._metadata()

    def leaders(self, partitions: PartitionIndex) -> Int32s:
        """The leader at each position, or `NOBODY`."""
        found = np.full(len(partitions), NOBODY, dtype=np.int32)
        for topic, name in enumerate(partitions.topics):
            known = self._leaders.get(name)
            if known is not None:
                first, count = int(partitions.first[topic]), int(partitions.counts[topic])
                found[first : first + min(count, len(known))] = known[:count]
        return found

    def by_leader(self, positions: Int64s, partitions: PartitionIndex) -> dict[int, Int64s]:
        """Indexes into `positions` for each broker that leads some of them."""
        leader = self.leaders(partitions)[positions]
        return {int(node): np.flatnonzero(leader == node) for node in np.unique(leader)}

    def find_coordinators(self, names: Sequence[str]) -> None:
        """Ask anew where the groups are. Raises ClusterUnreachableError."""
        for start in range(0, len(names), _KEYS_A_REQUEST):
            some = names[start : start + _KEYS_A_REQUEST]
            answer = self._brokers.ask_any(partial(_find, some))
            for found in answer.coordinators:
                self.refusals[found.key] = found.error_code
                if found.error_code == 0:
                    self.coordinators[found.key] = found.node_id
                else:
                    self.coordinators.pop(found.key, None)

    def keep_only(self, names: Iterable[str]) -> None:
        present = set(names)
        for by_name in (self.coordinators, self.refusals):
            for name in by_name.keys() - present:
                del by_name[name]

    def _metadata(self) -> Any:
        answer = self._brokers.ask_any(_metadata_request)
        self._leaders = {
            topic.name: _leaders_of(topic.partitions) for topic in answer.topics if topic.name
        }
        self._topic_ids = {
            topic.name: _in_base64(topic.topic_id)
            for topic in answer.topics
            if topic.name and topic.topic_id and topic.topic_id.int
        }
        answer.topics = []  # the client would keep an object for each partition
        self._brokers.know(answer)
        return answer

    def _catalogue(self) -> PartitionIndex:
        names = sorted(self._leaders)
        leaders = [np.empty(0, dtype=np.int32), *(self._leaders[name] for name in names)]
        return PartitionIndex(
            tuple(names),
            np.array([len(one) for one in leaders[1:]], dtype=np.int32),
            np.concatenate(leaders) >= 0,
        )


def topic_places(partitions: PartitionIndex) -> Mapping[bytes, int]:
    """The catalogue's topics by their names on the wire."""
    return {raw(name): place for place, name in enumerate(partitions.topics)}


def by_topic(positions: Int64s, partitions: PartitionIndex) -> list[tuple[str, Int64s]]:
    """Topics with the numbers of their partitions at these positions, as requests name them."""
    topic = partitions.topic_of[positions]
    order = np.argsort(topic, kind="stable")
    cuts = np.flatnonzero(np.diff(topic[order])) + 1
    numbers = partitions.number_of[positions]
    parts = [part for part in np.split(order, cuts) if len(part)]
    return [(partitions.topics[int(topic[part[0]])], numbers[part]) for part in parts]


def _leaders_of(partitions: Sequence[Any]) -> Int32s:
    """By partition number; one that the broker left out counts, without a leader."""
    numbers = [one.partition_index for one in partitions]
    count = max(numbers, default=-1) + 1
    # Brokers tell all partitions of a topic; a gap as wide as this is no topic's.
    if min(numbers, default=0) < 0 or count > 2 * len(numbers) + WIDEST_GAP:
        raise ClusterUnreachableError("A broker's list of partitions makes no sense.")
    leaders = np.full(count, NOBODY, dtype=np.int32)
    for one in partitions:
        leaders[one.partition_index] = one.leader_id
    return leaders


def _in_base64(topic_id: UUID) -> str:
    """As librdkafka writes it: the same id must look the same, whoever reads it."""
    return b64encode(topic_id.bytes).decode().rstrip("=")


def _metadata_request() -> Any:
    return MetadataRequest(
        topics=None,
        allow_auto_topic_creation=False,
        include_cluster_authorized_operations=False,
        include_topic_authorized_operations=False,
        min_version=METADATA_VERSION,
        max_version=_NEWEST_METADATA_VERSION,
    )


def _find(names: Sequence[str]) -> Any:
    return FindCoordinatorRequest(
        key_type=_GROUP_KEY, coordinator_keys=list(names), version=FIND_COORDINATOR_VERSION
    )
