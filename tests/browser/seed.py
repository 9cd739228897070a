"""A cluster and an outbox with two hours of history, as sampling leaves them."""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from monitor.models import Cluster, Group, GroupTopic, OutboxSource, StatusChange, Tick
from monitor.series.partitions import ensure_partitions
from monitor.values import ReadingFlag, Status
from tests import factories

TICKS = 240
EVERY = timedelta(seconds=30)
GAP = range(150, 158)
RATE_PER_TICK = 40

Lag = Callable[[int], int]


@dataclass(frozen=True)
class Story:
    """A group whose lag per partition at a tick is `lag(tick)`; None: nothing is known of it."""

    name: str
    topic: str
    partitions: int
    status: Status
    reason: str
    members: int | None
    lag: Lag | None


STORIES = (
    Story("search-indexer", "orders", 12, Status.STOP,
          "12 of 12 partitions: nobody has committed in the last 10 samples, lag 5,172 records.",
          0, lambda tick: 12 + max(0, tick - 90) * 40),
    Story("fraud-scoring", "orders", 12, Status.WARN,
          "3 of 12 partitions: lag grew in each of the last 10 samples, now 1,204 records.",
          4, lambda tick: 3 + max(0, tick - 215) * 4),
    Story("shipping", "orders", 12, Status.WARN, "Lag has not fallen in the last 10 samples.",
          6, lambda tick: int(160 + 150 * math.sin(tick / 11))),
    Story("billing", "payments", 6, Status.OK, "Caught up.", 3, lambda tick: tick % 3),
    Story("notifications", "orders", 12, Status.OK, "Lag falls at times, now 12 records.",
          3, lambda tick: 2 + tick % 7),
    Story("analytics-sink", "customers", 3, Status.OK, "Lag falls at times, now 440 records.",
          8, lambda tick: 140 + int(30 * math.sin(tick / 5))),
    Story("legacy-export", "audit", 2, Status.UNKNOWN,
          "2 of 2 partitions: lag is unknown, the partition cannot be read.", None, None),
)  # fmt: skip


def seed() -> tuple[Cluster, OutboxSource]:
    """Make it all, the last tick half a second ago."""
    now = timezone.now() - timedelta(seconds=0.5)
    for hours in (0, 1, 2, 3):
        ensure_partitions(now - timedelta(hours=hours))
    cluster = factories.make_cluster(
        "prod-eu", sampled_at=now, left_out_groups=1, left_out_topics=3
    )
    Cluster.objects.update(sample_interval_seconds=EVERY.seconds)
    times = [now - EVERY * (TICKS - 1 - tick) for tick in range(TICKS)]
    _ticks(cluster, times)
    _heads(cluster, times)
    for story in STORIES:
        _group(cluster, story, times)
    factories.make_cluster("staging", sampled_at=now)
    Cluster.objects.filter(name="staging").update(environment="staging")
    return cluster, _outbox(times)


def _sampled(times: Sequence[datetime]) -> list[tuple[int, datetime]]:
    return [(tick, at) for tick, at in enumerate(times) if tick not in GAP]


def _ticks(cluster: Cluster, times: Sequence[datetime]) -> None:
    Tick.objects.bulk_create(
        Tick(
            cluster=cluster,
            slot_at=at,
            state=Tick.State.DONE,
            claimed_at=at,
            leased_until=at,
            produced_per_second=50 + 8 * math.sin(tick / 9),
            consumed_per_second=48 + 11 * math.sin(tick / 7),
        )
        for tick, at in _sampled(times)
    )


def _ends(tick: int, partitions: int) -> list[int]:
    return [10_000 + number + tick * RATE_PER_TICK for number in range(partitions)]


def _heads(cluster: Cluster, times: Sequence[datetime]) -> None:
    widths = {story.topic: story.partitions for story in STORIES}
    rows = []
    for name, width in widths.items():
        topic = factories.make_topic(cluster, name, partition_count=width)
        for tick, at in _sampled(times):
            ends = _ends(tick, width)
            rows.append((at, topic.pk, [0] * width, ends, ends))
    _insert("monitor_head_sample", "sampled_at, topic_id, log_start, log_end, stable_end", rows)


def _group(cluster: Cluster, story: Story, times: Sequence[datetime]) -> None:
    changed_at = times[200]
    lag = [None if story.lag is None else story.lag(tick) * story.partitions for tick in
           range(TICKS)]  # fmt: skip
    last = lag[-1]
    group = factories.make_group(
        cluster,
        story.name,
        status=story.status,
        status_since=changed_at,
        status_reason=story.reason,
        first_seen_at=times[0],
        sampled_at=times[-1],
        members_read_at=times[-1],
        member_count=story.members,
        state="Stable" if story.members else "Empty",
        assignor="cooperative-sticky" if story.members else "",
        lag=last,
        lag_max=None if last is None else last // story.partitions,
        time_lag_seconds=None if last is None else last / 50,
        partitions=story.partitions,
        unknown_partitions=story.partitions if last is None else 0,
        produced_per_second=None if last is None else 16.0 * story.partitions,
        consumed_per_second=_consumed(story),
        produced_per_second_15m=None if last is None else 14.0 * story.partitions,
        consumed_per_second_15m=_consumed(story),
    )
    if story.status is not Status.OK:
        _change(group, story, changed_at)
    for number in range(story.members or 0):
        held = [part for part in range(story.partitions) if part % (story.members or 1) == number]
        factories.make_member(group, f"{story.name}-{number}", {story.topic: held})
    _reading(group, story, times, lag)


def _consumed(story: Story) -> float | None:
    if story.lag is None:
        return None
    drains = {"shipping": 1.2, "search-indexer": 0.0, "fraud-scoring": 0.9}
    return 16.0 * story.partitions * drains.get(story.name, 1.0)


def _change(group: Group, story: Story, at: datetime) -> None:
    factories.make_change(group, story.status, at=at, reason=story.reason)


def _reading(
    group: Group, story: Story, times: Sequence[datetime], lag: Sequence[int | None]
) -> None:
    topic = group.cluster.topics.get(name=story.topic)
    ends = _ends(TICKS - 1, story.partitions)
    is_known = story.lag is not None
    behind = story.lag(TICKS - 1) if story.lag else 0
    flag = ReadingFlag.NORMAL if is_known else ReadingFlag.UNREADABLE
    reading = factories.make_reading(
        group,
        topic,
        committed=[end - behind if is_known else None for end in ends],
        log_end=ends,
        sampled_at=times[-1],
        flags=[int(flag)] * story.partitions,
        time_lag_seconds=[behind / 4 if is_known else None] * story.partitions,
        time_lag_methods=["timeline" if is_known else None] * story.partitions,
        statuses=[story.status.value] * story.partitions,
    )
    _lag_samples(reading, story, times, lag)


def _lag_samples(
    reading: GroupTopic, story: Story, times: Sequence[datetime], lag: Sequence[int | None]
) -> None:
    rows = []
    for tick, at in _sampled(times):
        behind = story.lag(tick) if story.lag else None
        committed = [None if behind is None else end - behind
                     for end in _ends(tick, story.partitions)]  # fmt: skip
        seconds = None if behind is None else behind / 4
        unknown = story.partitions if behind is None else 0
        status = story.status.value if tick > 200 else "OK"
        rows.append((at, reading.pk, committed, [0] * story.partitions, lag[tick], behind,
                     unknown, seconds, status, story.members))  # fmt: skip
    columns = (
        "sampled_at, group_topic_id, committed, flags, lag, lag_max, "
        "unknown_partitions, time_lag_seconds, status, members"
    )
    _insert("monitor_lag_sample", columns, rows)


def _outbox(times: Sequence[datetime]) -> OutboxSource:
    source = factories.make_outbox(
        "shop",
        sampled_at=times[-1],
        status_since=times[100],
        status_reason="The relay keeps up.",
        depth=38,
        oldest_age_seconds=1.2,
        inserted_per_second=50.0,
        published_per_second=52.5,
        by_type={"order.placed": 30, "payment.taken": 8},
    )
    OutboxSource.objects.update(sample_interval_seconds=EVERY.seconds)
    rows = []
    for tick, at in _sampled(times):
        depth = int(60 + 40 * math.sin(tick / 13))
        age = 1.5 + math.sin(tick / 13)
        inserted, published = 50 + 5 * math.sin(tick / 4), 50 + 6 * math.sin(tick / 5)
        rows.append((at, source.pk, depth, True, age, json.dumps({}), inserted, published, 0))
    columns = (
        "sampled_at, source_id, depth, depth_is_exact, oldest_age_seconds, by_type, "
        "inserted_per_second, published_per_second, failed"
    )
    _insert("monitor_backlog_sample", columns, rows)
    StatusChange.objects.create(
        at=times[100], source=source, before="WARN", after="OK", reason="The relay keeps up."
    )
    return source


def _insert(table: str, columns: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Samples of shard 0; the tables are partitioned and unknown to the ORM."""
    if table != "monitor_backlog_sample":
        columns, rows = f"shard, {columns}", [(0, *row) for row in rows]
    marks = ", ".join(["%s"] * len(rows[0]))
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)  # noqa: S608
