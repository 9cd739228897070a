"""Clusters, groups and the topics they read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.conf import settings

from dashboard.metrics.series import Freshness, Series, timestamp
from dashboard.queries.group_detail import partition_lag
from monitor.models import Cluster, Group, GroupTopic
from monitor.partition_records import at, unpacked
from monitor.series import interval

_GROUP_COLUMNS = (
    "lag",
    "lag_max",
    "lost_records",
    "time_lag_seconds",
    "partitions",
    "unknown_partitions",
    "produced_per_second",
    "consumed_per_second",
    "produced_per_second_15m",
    "consumed_per_second_15m",
)


def add_clusters(series: Series, freshness: Freshness) -> list[Cluster]:
    """Reachability of each enabled cluster; returns those that can be reached."""
    clusters = Cluster.objects.filter(is_enabled=True, state__isnull=False).select_related("state")
    for cluster in clusters:
        state = cluster.state
        is_up = freshness.up(state.sampled_at, state.unreachable_since, interval.of(cluster))
        series.add("highwater_cluster_up", (cluster.name,), is_up)
        series.add(
            "highwater_cluster_last_sample_timestamp_seconds",
            (cluster.name,),
            timestamp(state.sampled_at),
        )
    return [cluster for cluster in clusters if cluster.state.unreachable_since is None]


def add_groups(series: Series, clusters: Sequence[Cluster], freshness: Freshness) -> None:
    """Groups of these clusters whose last sample is fresh, with their topics."""
    by_id = {cluster.pk: cluster for cluster in clusters}
    labels: dict[int, tuple[str, str]] = {}
    for group in Group.objects.filter(cluster__in=clusters, gone_at=None):
        cluster = by_id[group.cluster_id]
        if freshness.holds(group.sampled_at, interval.of(cluster)):
            labels[group.pk] = (cluster.name, group.name)
            _add_group(series, group, labels[group.pk])
    _add_topics(series, labels)


def _add_group(series: Series, group: Group, labels: tuple[str, str]) -> None:
    for column in _GROUP_COLUMNS:
        series.add(f"highwater_group_{column}", labels, getattr(group, column))
    series.add("highwater_group_members", labels, group.member_count)
    series.add("highwater_group_status", (*labels, group.status), 1)


def _add_topics(series: Series, groups: dict[int, tuple[str, str]]) -> None:
    per_partition = settings.HIGHWATER_METRICS_PER_PARTITION
    room = settings.HIGHWATER_METRICS_MAX_PARTITIONS if per_partition else 0
    dropped = 0
    for reading in _readings(groups):
        labels = (*groups[reading.group_id], reading.topic)
        known = {number: lag for number, lag in reading.lags.items() if lag is not None}
        series.add("highwater_group_topic_lag", labels, sum(known.values()) if known else None)
        series.add(
            "highwater_group_topic_unknown_partitions", labels, len(reading.lags) - len(known)
        )
        series.add("highwater_group_topic_time_lag_seconds", labels, reading.time_lag_seconds)
        for number, lag in list(known.items())[:room]:
            series.add("highwater_partition_lag", (*labels, str(number)), lag)
        dropped += max(0, len(known) - room)
        room = max(0, room - len(known))
    if per_partition:
        series.add("highwater_partition_series_dropped", (), dropped)


@dataclass(frozen=True, slots=True)
class _Reading:
    """A group's present reading of a topic; `lags` by partition number, null where unknown."""

    group_id: int
    topic: str
    lags: dict[int, int | None]
    time_lag_seconds: float | None


def _readings(groups: dict[int, tuple[str, str]]) -> Iterator[_Reading]:
    rows = (
        GroupTopic.objects.filter(group__in=groups, gone_at=None)
        .select_related("topic")
        .order_by("group_id", "topic__name")
    )
    for row in rows.iterator(chunk_size=500):
        log, records = row.topic, enumerate(unpacked(row.partitions))
        read = {number: record for number, record in records if record.is_read}
        lags = {
            number: partition_lag(
                record.committed, at(log.log_start, number), at(log.log_end, number), record.flags
            )
            for number, record in read.items()
        }
        time_lags = [record.time_lag_seconds for record in read.values()]
        yield _Reading(row.group_id, row.topic.name, lags, _worst(time_lags))


def _worst(time_lags: Sequence[float | None]) -> float | None:
    """The greatest known; a partition without lag says nothing of one whose time lag is unknown."""
    worst = max((seconds for seconds in time_lags if seconds is not None), default=None)
    return worst or (None if None in time_lags else worst)
