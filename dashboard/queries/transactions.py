"""The open transaction of a topic's partition: since when, and whose."""

from dataclasses import dataclass
from datetime import UTC, datetime

from monitor.models import Topic
from monitor.partition_records import at


@dataclass(frozen=True, slots=True)
class TransactionProducer:
    """Who began it; `last_wrote_at` is the timestamp of its newest record in the partition."""

    id: int
    epoch: int
    last_wrote_at: datetime | None


def transaction_producer(topic: Topic, number: int) -> TransactionProducer | None:
    """Null where none was told of the very transaction that holds the stable end now."""
    holder = topic.held_by.get(str(number))
    is_open = at(topic.held_since_ms, number) is not None
    if holder is None or not is_open or holder["start"] != at(topic.stable_end, number):
        return None
    return TransactionProducer(holder["producer_id"], holder["epoch"], moment(holder["last_ms"]))


def moment(ms: int | None) -> datetime | None:
    return None if ms is None else datetime.fromtimestamp(ms / 1000, UTC)
