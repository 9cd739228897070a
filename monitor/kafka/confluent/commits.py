"""Committed offsets as columns, grown while answers come in."""

from array import array
from collections.abc import Sequence
from itertools import repeat
from operator import attrgetter

import numpy as np
from confluent_kafka import TopicPartition

from monitor.kafka.ports import UNKNOWN, CommitColumns, PartitionIndex

# Looked up and stored by loops in C, and as numbers: a million tuples would be followed by the
# garbage collector again and again, and each look at a topic's name makes a new string of it.
_TOPIC, _PARTITION = attrgetter("topic"), attrgetter("partition")
_OFFSET, _ERROR = attrgetter("offset"), attrgetter("error")
_NOWHERE = -1


class CommitRows:
    """Grows the commit columns while answers come in."""

    def __init__(self, partitions: PartitionIndex, groups: int) -> None:
        self._partitions = partitions
        self._group, self._lengths = array("i"), array("i")
        self._topic, self._number = array("q"), array("q")
        self._offset, self._error = array("q"), array("h")
        self.group_error = np.zeros(groups, dtype=np.int16)

    def add(self, group: int, answers: Sequence[TopicPartition], code: int) -> None:
        self.group_error[group] = code
        self._group.append(group)
        self._lengths.append(len(answers))
        topic_of = self._partitions.topic_index.get
        self._topic.extend(map(topic_of, map(_TOPIC, answers), repeat(_NOWHERE)))
        self._number.extend(map(_PARTITION, answers))
        self._offset.extend(map(_OFFSET, answers))
        self._error.extend([error.code() if error else 0 for error in map(_ERROR, answers)])

    def without_commits(self) -> list[int]:
        pairs = zip(self._group, self._lengths, strict=True)
        return [group for group, length in pairs if not length and not self.group_error[group]]

    def columns(self) -> CommitColumns:
        """Without what is gone, or newer than the catalogue: the next tick will know."""
        topic, number, offset = (
            np.array(one, dtype=np.int64) for one in (self._topic, self._number, self._offset)
        )
        error = np.array(self._error, dtype=np.int16)
        counts = np.append(self._partitions.counts, 0)  # the last for a topic that is nowhere
        # Below zero is the broker's way to say that nothing is committed.
        is_told = (number < counts[topic]) & ((offset >= 0) | (error != 0))
        group = np.repeat(np.array(self._group, dtype=np.int32), self._lengths)
        rows = np.flatnonzero(is_told)
        rows = rows[np.argsort(group[rows], kind="stable")]  # answers come in any order
        return CommitColumns(
            group=group[rows],
            partition=self._partitions.first[topic[rows]] + number[rows],
            offset=np.where(error != 0, UNKNOWN, offset)[rows],
            error=error[rows],
            group_error=self.group_error,
        )
