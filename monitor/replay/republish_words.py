"""What the plan of a republish says beside its totals. Pure."""

from datetime import UTC, datetime

from monitor.kafka.replay_ports import TopicSettings
from monitor.replay.plan import EXACTLY_ONCE
from monitor.replay.requests import Partitioning, RepublishRequest, Timestamps


def checks(request: RepublishRequest, guarantee: str) -> tuple[str, ...]:
    """The promises: how often, in which order, how fast."""
    return (_guarantee(guarantee), _order(request), _pace(request))


def warnings(request: RepublishRequest, target: TopicSettings) -> tuple[str, ...]:
    """What the reader should know before it is too late."""
    said = ["A republish cannot be undone: every consumer of the target sees the copies."]
    if request.target_topic == request.topic:
        said.append(
            "The copies go to the topic they come from: every group that reads it handles these "
            "records a second time."
        )
    keeps_times = request.timestamps is Timestamps.KEEP
    if target.sets_append_time and keeps_times:
        said.append(
            f"{request.target_topic} sets its own timestamps (LogAppendTime); those of the records "
            "are kept in a header only."
        )
    if not target.retention_is_told and keeps_times:
        said.append(
            f"The broker does not tell how long {request.target_topic} keeps records: old "
            "timestamps could make the copies expire on arrival."
        )
    return tuple(said)


def expiry(topic: str, retention_ms: int, oldest_ms: int) -> str:
    """Why kept timestamps are refused."""
    hours = retention_ms / 3_600_000
    span = f"{hours / 24:g} days" if hours >= 48 else f"{hours:g} hours"
    begins = datetime.fromtimestamp(oldest_ms / 1000, UTC).isoformat(timespec="seconds")
    return (
        f"{topic} deletes records after {span}, and the range begins at {begins}: with kept "
        "timestamps the copies would be deleted on arrival. Renew the timestamps, or raise "
        "retention.ms of the target."
    )


def _guarantee(guarantee: str) -> str:
    if guarantee == EXACTLY_ONCE:
        return (
            "Each record is written exactly once, in transactions: readers with read_committed see "
            "no repeats, whatever happens to the worker."
        )
    return (
        "This broker has no transactions: each record is written at least once, and a worker that "
        "dies repeats some."
    )


def _order(request: RepublishRequest) -> str:
    if request.partitioning is Partitioning.KEEP:
        return "Each record keeps its partition number, and so its order within the partition."
    return (
        "Partitions are chosen by key, as Java's client does: order is kept per key; records "
        "without a key go anywhere."
    )


def _pace(request: RepublishRequest) -> str:
    if request.rate_limit_per_second is None:
        return "No rate limit: the copy runs as fast as the cluster allows."
    return f"At most {request.rate_limit_per_second:,} records are copied a second."
