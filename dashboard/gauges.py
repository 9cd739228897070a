"""Every metric of Highwater's own processes, declared once; `docs/metrics.md` is made from it.

All are gauges that say what was last sampled; what is unknown is absent, never 0. Relays and
consumers declare theirs in `highwater_events.metrics`.
"""

from dataclasses import dataclass

from prometheus_client import Gauge


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric as the documentation lists it."""

    name: str
    unit: str
    help: str
    labels: tuple[str, ...] = ()


_GROUP = ("cluster", "group")
_TOPIC = ("cluster", "group", "topic")
_SUBJECT = ("kind", "subject")
_REPLAY = ("replay", "verb", "cluster")

METRICS = (
    Metric(
        "highwater_cluster_up",
        "",
        "1 while brokers answer, 0 while none does; absent when nobody asked lately.",
        ("cluster",),
    ),
    Metric(
        "highwater_cluster_last_sample_timestamp_seconds",
        "seconds",
        "When the cluster was last sampled.",
        ("cluster",),
    ),
    Metric(
        "highwater_group_lag",
        "records",
        "Lag over the partitions whose lag is known; at least that, while some are unknown.",
        _GROUP,
    ),
    Metric("highwater_group_lag_max", "records", "Lag of the partition with most.", _GROUP),
    Metric(
        "highwater_group_lost_records",
        "records",
        "Deleted before the group read them; until it commits beyond them or somebody knows.",
        _GROUP,
    ),
    Metric(
        "highwater_group_time_lag_seconds",
        "seconds",
        "How long ago the record at the committed offset was appended; the worst partition.",
        _GROUP,
    ),
    Metric(
        "highwater_group_status",
        "",
        "1 for the status that the group has now.",
        (*_GROUP, "status"),
    ),
    Metric("highwater_group_members", "members", "Members of the group.", _GROUP),
    Metric("highwater_group_partitions", "partitions", "Partitions that the group reads.", _GROUP),
    Metric(
        "highwater_group_unknown_partitions",
        "partitions",
        "Partitions of the group whose lag is unknown.",
        _GROUP,
    ),
    Metric(
        "highwater_group_produced_per_second",
        "records/s",
        "Records appended to what the group reads.",
        _GROUP,
    ),
    Metric("highwater_group_consumed_per_second", "records/s", "Records that it commits.", _GROUP),
    Metric(
        "highwater_group_produced_per_second_15m",
        "records/s",
        "Records appended to what the group reads, over 15 minutes; absent until 5 are known.",
        _GROUP,
    ),
    Metric(
        "highwater_group_consumed_per_second_15m",
        "records/s",
        "Records that it commits, over 15 minutes; absent until 5 are known.",
        _GROUP,
    ),
    Metric(
        "highwater_group_topic_lag",
        "records",
        "Lag in one topic over the partitions whose lag is known.",
        _TOPIC,
    ),
    Metric(
        "highwater_group_topic_time_lag_seconds",
        "seconds",
        "Time lag in one topic; the worst partition.",
        _TOPIC,
    ),
    Metric(
        "highwater_group_topic_unknown_partitions",
        "partitions",
        "Partitions of the topic whose lag is unknown for this group.",
        _TOPIC,
    ),
    Metric(
        "highwater_partition_lag",
        "records",
        "Lag in one partition; only with HIGHWATER_METRICS_PER_PARTITION.",
        (*_TOPIC, "partition"),
    ),
    Metric(
        "highwater_partition_series_dropped",
        "series",
        "Partition series that HIGHWATER_METRICS_MAX_PARTITIONS left out of this scrape.",
    ),
    Metric(
        "highwater_outbox_up",
        "",
        "1 while the outbox can be read, else 0; absent when nobody tried lately.",
        ("outbox",),
    ),
    Metric(
        "highwater_outbox_last_sample_timestamp_seconds",
        "seconds",
        "When the outbox was last sampled.",
        ("outbox",),
    ),
    Metric(
        "highwater_outbox_status",
        "",
        "1 for the status that the outbox has now.",
        ("outbox", "status"),
    ),
    Metric(
        "highwater_outbox_depth",
        "rows",
        "Rows not yet published; past 10,000 an estimate.",
        ("outbox",),
    ),
    Metric(
        "highwater_outbox_oldest_age_seconds",
        "seconds",
        "Age of the oldest row that waits; 0 where none does.",
        ("outbox",),
    ),
    Metric("highwater_outbox_failed", "rows", "Rows set aside as failed.", ("outbox",)),
    Metric("highwater_outbox_inserted_per_second", "rows/s", "Rows written.", ("outbox",)),
    Metric("highwater_outbox_published_per_second", "rows/s", "Rows published.", ("outbox",)),
    Metric("highwater_outbox_probe_seconds", "seconds", "What the last probe took.", ("outbox",)),
    Metric(
        "highwater_tick_seconds",
        "seconds",
        "Duration of each step of the last tick that was done, by its slowest shard.",
        (*_SUBJECT, "step"),
    ),
    Metric(
        "highwater_tick_reading_errors",
        "errors",
        "Groups and partitions that the last tick could not read, of all shards.",
        _SUBJECT,
    ),
    Metric(
        "highwater_ticks_last_hour",
        "ticks",
        "Ticks of the last hour by outcome; SKIPPED and LOST ones are gaps.",
        (*_SUBJECT, "state"),
    ),
    Metric("highwater_replays", "replays", "Replays by state.", ("state",)),
    Metric(
        "highwater_replay_records_planned",
        "records",
        "Records of a running or paused replay.",
        _REPLAY,
    ),
    Metric("highwater_replay_records_done", "records", "Records of it that are done.", _REPLAY),
    Metric("highwater_replay_records_per_second", "records/s", "Its present speed.", _REPLAY),
    Metric("highwater_live_sockets", "sockets", "Open websockets of this web process."),
)
BY_NAME = {metric.name: metric for metric in METRICS}

SOCKETS = Gauge("highwater_live_sockets", BY_NAME["highwater_live_sockets"].help)
