"""How a running consumer reports itself in the metrics that `metrics` declares."""

from collections.abc import Collection

from highwater_events import metrics
from highwater_events.broker.base import TopicPartition


class Meters:
    """The metrics of one group. Attempts are reported from any thread, the rest from the loop."""

    def __init__(self, group: str) -> None:
        self._group = group
        self._shown: set[TopicPartition] = set()

    def attempt(self, topic: str, seconds: float, error: Exception | None) -> None:
        """One call of a handler and how it ended."""
        error_type = type(error).__qualname__ if error else ""
        metrics.CONSUMER_CONSUMED.labels(self._group, topic).inc()
        metrics.CONSUMER_PROCESS_SECONDS.labels(self._group, topic, error_type).observe(seconds)
        if error:
            metrics.CONSUMER_ERRORS.labels(self._group, topic, error_type).inc()

    def dead_letter(self, topic: str) -> None:
        metrics.CONSUMER_DEAD_LETTERS.labels(self._group, topic).inc()

    def holding(self, *, in_flight: int, paused: int, held_up: int) -> None:
        """Records in memory; partitions paused, and those of them that wait for a dead letter."""
        metrics.CONSUMER_IN_FLIGHT.labels(self._group).set(in_flight)
        metrics.CONSUMER_PAUSED.labels(self._group).set(paused)
        metrics.CONSUMER_HELD_UP.labels(self._group).set(held_up)

    def lag(self, partition: TopicPartition, *, committed: int | None, log_end: int | None) -> None:
        """Shown once both are known."""
        if committed is not None and log_end is not None:
            metrics.CONSUMER_LAG.labels(self._group, *partition).set(log_end - committed)
            self._shown.add(partition)

    def forget(self, partitions: Collection[TopicPartition]) -> None:
        """Another member reports them from now on."""
        for partition in self._shown.intersection(partitions):
            metrics.CONSUMER_LAG.remove(self._group, partition.topic, str(partition.partition))
        self._shown.difference_update(partitions)
