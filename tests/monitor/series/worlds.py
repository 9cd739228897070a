"""Samples to read back: a cluster with a group, and ticks stored as the tick stores them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
from django.db import connection

from monitor.models import Cluster, Group, GroupTopic, OutboxSource, Tick, Topic
from monitor.series.partitions import ensure_partitions
from monitor.series.store import HeadRows, LagRows, write_heads, write_lags

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
INTERVAL = timedelta(seconds=10)


def at(tick: int) -> datetime:
    return NOON + INTERVAL * tick


def make_group(topics: int = 1) -> tuple[Group, list[GroupTopic]]:
    for hours in range(-1, 3):
        ensure_partitions(NOON + timedelta(hours=hours))
    cluster, _ = Cluster.objects.get_or_create(
        name="c", defaults={"bootstrap_servers": "127.0.0.1:1", "sample_interval_seconds": 10}
    )
    group = Group.objects.create(
        cluster=cluster, name="g", status="OK", status_since=NOON, first_seen_at=at(-1000)
    )
    reads = []
    for number in range(topics):
        topic = Topic.objects.create(cluster=cluster, name=f"t{number}", first_seen_at=NOON)
        reads.append(GroupTopic.objects.create(group=group, topic=topic))
    return group, reads


def store(
    tick: int,
    read: GroupTopic,
    committed: Sequence[int],
    ends: Sequence[int],
    *,
    status: str = "OK",
    time_lag: float = 0.0,
    lag: int | None = None,
) -> None:
    """One tick of one group in one topic; below zero is unknown."""
    known = [end - commit for commit, end in zip(committed, ends, strict=True) if commit >= 0]
    total = sum(known) if lag is None else lag
    starts = np.array([0, len(committed)])
    numbers = {"committed": np.array(committed), "ends": np.array(ends)}
    write_lags(
        at(tick),
        0,
        LagRows(
            group_topic_ids=np.array([read.pk]),
            starts=starts,
            committed=numbers["committed"],
            flags=np.where(numbers["committed"] < 0, 1, 0).astype(np.int16),
            lag=np.array([total]),
            lag_max=np.array([max(known, default=-1)]),
            unknown_partitions=np.array([len(committed) - len(known)]),
            time_lag_seconds=np.array([time_lag]),
            statuses=[status],
            members=np.array([-1]),
        ),
    )
    zeros = np.zeros(len(ends), dtype=np.int64)
    write_heads(
        at(tick),
        0,
        HeadRows(np.array([read.topic_id]), starts, zeros, numbers["ends"], numbers["ends"]),
    )


def done(cluster: Cluster, tick: int, **rates: float) -> None:
    Tick.objects.create(
        cluster=cluster,
        slot_at=at(tick),
        state=Tick.State.DONE,
        claimed_at=at(tick),
        leased_until=at(tick),
        **rates,
    )


def make_outbox(*, depths: Sequence[int], ages: Sequence[float | None]) -> OutboxSource:
    """An outbox with a sample at each tick."""
    ensure_partitions(NOON)
    source = OutboxSource.objects.create(
        name="shop", dsn_reference="env:HIGHWATER_SECRET_SHOP", sample_interval_seconds=10
    )
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO monitor_backlog_sample "
            "(sampled_at, source_id, depth, depth_is_exact, oldest_age_seconds, by_type) "
            "VALUES (%s, %s, %s, true, %s, '{}')",
            [
                (at(tick), source.pk, depth, age)
                for tick, (depth, age) in enumerate(zip(depths, ages, strict=True))
            ],
        )
    return source
