"""Who holds which partition in a group of the in-memory broker."""

import threading
from collections.abc import Hashable, Iterable, Mapping, Sequence

from highwater_events.broker.base import TopicPartition


class MemoryGroup:
    """Members, target assignment, owners and commits of one consumer group.

    A partition goes to its target member once its last owner has given it back, as in Kafka's
    cooperative protocol.
    """

    def __init__(self, group_id: str) -> None:
        self.group_id = group_id
        self.committed: dict[TopicPartition, int] = {}
        self._lock = threading.RLock()
        self._topics: dict[Hashable, frozenset[str]] = {}
        self._targets: dict[TopicPartition, Hashable] = {}
        self._owners: dict[TopicPartition, Hashable] = {}

    def has(self, member: Hashable) -> bool:
        return member in self._topics

    def join(
        self, member: Hashable, topics: Sequence[str], partitions_by_topic: Mapping[str, int]
    ) -> None:
        with self._lock:
            self._topics[member] = frozenset(topics)
            self.rebalance(partitions_by_topic)

    def remove(self, member: Hashable, partitions_by_topic: Mapping[str, int]) -> None:
        with self._lock:
            self._topics.pop(member, None)
            self._owners = {part: owner for part, owner in self._owners.items() if owner != member}
            self.rebalance(partitions_by_topic)

    def rebalance(self, partitions_by_topic: Mapping[str, int]) -> None:
        """Decide the targets anew, moving as few partitions as an even share allows."""
        with self._lock:
            targets: dict[TopicPartition, Hashable] = {}
            for topic, count in partitions_by_topic.items():
                members = [each for each, topics in self._topics.items() if topic in topics]
                partitions = [TopicPartition(topic, number) for number in range(count)]
                targets.update(sticky_shares(partitions, members, self._targets))
            self._targets = targets

    def target(self, member: Hashable) -> set[TopicPartition]:
        with self._lock:
            return {part for part, target in self._targets.items() if target == member}

    def take(self, member: Hashable) -> set[TopicPartition]:
        """Own what is meant for this member and free; returns only what is new."""
        with self._lock:
            free = self.target(member) - self._owners.keys()
            self._owners.update(dict.fromkeys(free, member))
            return free

    def release(self, member: Hashable, partitions: Iterable[TopicPartition]) -> None:
        with self._lock:
            for partition in partitions:
                if self._owners.get(partition) == member:
                    del self._owners[partition]

    def commit(self, member: Hashable, offsets: Mapping[TopicPartition, int]) -> bool:
        """Store the offsets; false, and nothing stored, where one belongs to another member."""
        with self._lock:
            if any(self._owners.get(partition) != member for partition in offsets):
                return False
            self.committed.update(offsets)
            return True


def sticky_shares(
    partitions: Sequence[TopicPartition],
    members: Sequence[Hashable],
    last: Mapping[TopicPartition, Hashable],
) -> dict[TopicPartition, Hashable]:
    """An even assignment (counts differ by one at most) that keeps what it can of `last`."""
    if not members:
        return {}
    base, extra = divmod(len(partitions), len(members))
    counts: dict[Hashable, int] = dict.fromkeys(members, 0)
    shares: dict[TopicPartition, Hashable] = {}
    larger = 0
    for partition in partitions:
        member = last.get(partition)
        if member not in counts or counts[member] > base:
            continue
        if counts[member] == base:
            if larger == extra:
                continue
            larger += 1
        counts[member] += 1
        shares[partition] = member
    for partition in partitions:
        if partition not in shares:
            member = min(members, key=counts.__getitem__)
            counts[member] += 1
            shares[partition] = member
    return shares
