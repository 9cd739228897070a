"""Committed offsets as columns, grown while answers come in."""

from array import array
from collections.abc import Sequence

import numpy as np
from confluent_kafka import TopicPartition

from monitor.kafka.ports import UNKNOWN, CommitColumns, PartitionIndex


class CommitRows:
    """Grows the commit columns while answers come in."""

    def __init__(self, partitions: PartitionIndex, groups: int) -> None:
        self._first = dict(zip(partitions.topics, partitions.first.tolist(), strict=False))
        self._counts = dict(zip(partitions.topics, partitions.counts.tolist(), strict=True))
        self._group, self._partition = array("i"), array("q")
        self._offset, self._error = array("q"), array("h")
        self._found = np.zeros(groups, dtype=np.bool_)
        self.group_error = np.zeros(groups, dtype=np.int16)

    def add(self, group: int, answers: Sequence[TopicPartition], code: int) -> None:
        self.group_error[group] = code
        self._found[group] = bool(answers)
        for answer in answers:
            error = answer.error.code() if answer.error else 0
            if answer.partition >= self._counts.get(answer.topic, 0):
                continue  # gone, or newer than the catalogue: the next tick will know
            if answer.offset < 0 and not error:
                continue  # the broker's way to say that nothing is committed
            self._group.append(group)
            self._partition.append(self._first[answer.topic] + answer.partition)
            self._offset.append(UNKNOWN if error else answer.offset)
            self._error.append(error)

    def without_commits(self) -> list[int]:
        return [int(i) for i in np.flatnonzero(~self._found & (self.group_error == 0))]

    def columns(self) -> CommitColumns:
        return CommitColumns(
            group=np.array(self._group, dtype=np.int32),
            partition=np.array(self._partition, dtype=np.int64),
            offset=np.array(self._offset, dtype=np.int64),
            error=np.array(self._error, dtype=np.int16),
            group_error=self.group_error,
        )
