"""Ids of a cluster's topics, a shard's groups and what each of them reads, beside the names.

New ones are inserted in bulk; ids never change, so a copy in memory stays right. Only what is gone
may be purged (`monitor.lag.purge`), so what comes back is looked up anew, and what is gone need not
be remembered.
"""

from collections.abc import Container, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple, TypeVar

from django.db.models import QuerySet

from monitor.kafka.names import escape, unescape
from monitor.lag.damping import Standing
from monitor.models import Group, GroupTopic, Topic
from monitor.shards import ALL, Shard
from monitor.values import Status

Key = TypeVar("Key")


class KnownGroup(NamedTuple):
    """A group as last stored. `is_unjudged`: it has been UNKNOWN since it was first seen."""

    id: int
    standing: Standing
    status_since: datetime
    reason: str = ""
    last_status: str = ""
    used_at: datetime | None = None
    is_new: bool = False
    is_unjudged: bool = False

    @property
    def status(self) -> Status:
        return self.standing.status

    @classmethod
    def of(cls, row: Group) -> "KnownGroup":
        standing = Standing(
            Status(row.status), Status(row.raw_status), row.raw_ticks, row.astray_ticks
        )
        return cls(
            id=row.pk,
            standing=standing,
            status_since=row.status_since,
            reason=row.status_reason,
            last_status=row.last_status,
            used_at=row.used_at,
            is_new=row.sampled_at is None,
            is_unjudged=row.status == Status.UNKNOWN and row.status_since == row.first_seen_at,
        )


class Roster:
    """Names are those that Kafka knows, hostile bytes and all."""

    def __init__(self, cluster_id: int, shard: Shard = ALL) -> None:
        self.cluster_id = cluster_id
        self.shard = shard
        self.topics: dict[str, int] = {}
        self.groups: dict[str, KnownGroup] = {}
        self.reads: dict[tuple[int, int], int] = {}
        self.partition_counts: dict[str, int | None] = {}
        self.kafka_topic_ids: dict[str, str] = {}
        self.recreated_at: dict[int, datetime] = {}
        self.missing_groups: set[int] = set()
        self.gone_topics: set[int] = set()
        self.gone_groups: set[int] = set()
        self.gone_reads: set[int] = set()

    @classmethod
    def loaded(cls, cluster_id: int, shard: Shard = ALL) -> "Roster":
        """With all that is stored of the cluster's topics and of the shard's groups."""
        roster = cls(cluster_id, shard)
        topics = Topic.objects.filter(cluster_id=cluster_id)
        roster._load_topics(topics.defer("log_start", "log_end", "stable_end", "held_since_ms"))
        roster._load_groups(Group.objects.filter(cluster_id=cluster_id))
        roster._load_reads(GroupTopic.objects.filter(group__cluster_id=cluster_id))
        return roster

    def ensure_topics(self, partition_counts: Mapping[str, int], now: datetime) -> None:
        missing = partition_counts.keys() - _present(self.topics, self.gone_topics)
        if missing:
            Topic.objects.bulk_create(
                [self._topic(name, partition_counts[name], now) for name in sorted(missing)],
                ignore_conflicts=True,
            )
            stored = [escape(name)[0] for name in missing]
            rows = Topic.objects.filter(cluster_id=self.cluster_id, name__in=stored)
            self._load_topics(rows)
        for name, count in partition_counts.items():
            if self.partition_counts[name] != count:
                self.partition_counts[name] = count
                if self.shard.owns(name):
                    Topic.objects.filter(pk=self.topics[name]).update(partition_count=count)

    def ensure_groups(self, names: Iterable[str], now: datetime) -> None:
        known = self.groups.items()
        missing = set(names) - {name for name, row in known if row.id not in self.gone_groups}
        if not missing:
            return
        Group.objects.bulk_create(
            [self._group(name, now) for name in sorted(missing)], ignore_conflicts=True
        )
        stored = [escape(name)[0] for name in missing]
        rows = Group.objects.filter(cluster_id=self.cluster_id, name__in=stored)
        self._load_groups(rows)

    def ensure_reads(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Pairs of a group's and a topic's id."""
        known = _present(self.reads, self.gone_reads)
        missing = set(pairs) - known
        if missing:
            GroupTopic.objects.bulk_create(
                [GroupTopic(group_id=group, topic_id=topic) for group, topic in sorted(missing)],
                ignore_conflicts=True,
            )
            groups = {group for group, _ in missing}
            self._load_reads(GroupTopic.objects.filter(group_id__in=groups))

    def forget_gone(self, topics: Container[str]) -> None:
        """Drop what is gone, once that is stored; what comes back is looked up anew.

        Other shards' topics go when they are not among those of the tick: only their owner stores
        when they are gone, and then somebody may purge them.
        """
        present = _only_present(self.topics, self.gone_topics)
        if not self.shard.is_all:
            owns = self.shard.owns
            present = {name: pk for name, pk in present.items() if owns(name) or name in topics}
        self.topics = present
        self.reads = _only_present(self.reads, self.gone_reads)
        self.partition_counts = {name: self.partition_counts[name] for name in self.topics}
        self.kafka_topic_ids = {name: self.kafka_topic_ids[name] for name in self.topics}
        for topic in self.gone_topics & self.recreated_at.keys():
            del self.recreated_at[topic]
        gone = self.gone_groups
        if gone:
            self.groups = {name: row for name, row in self.groups.items() if row.id not in gone}
            self.missing_groups = self.missing_groups - gone
        self.gone_topics, self.gone_groups, self.gone_reads = set(), set(), set()

    def _topic(self, name: str, partition_count: int, now: datetime) -> Topic:
        stored, is_escaped = escape(name)
        return Topic(
            cluster_id=self.cluster_id,
            name=stored,
            name_is_escaped=is_escaped,
            partition_count=partition_count,
            first_seen_at=now,
        )

    def _group(self, name: str, now: datetime) -> Group:
        stored, is_escaped = escape(name)
        return Group(
            cluster_id=self.cluster_id,
            name=stored,
            name_is_escaped=is_escaped,
            status_since=now,
            first_seen_at=now,
        )

    def _load_topics(self, rows: Iterable[Topic]) -> None:
        for row in rows:
            name = unescape(row.name, is_escaped=row.name_is_escaped)
            self.topics[name] = row.pk
            self.partition_counts[name] = row.partition_count
            self.kafka_topic_ids[name] = row.kafka_topic_id
            if row.recreated_at is not None:
                self.recreated_at[row.pk] = row.recreated_at
            _mark(self.gone_topics, row.pk, is_in=row.gone_at is not None)

    def _load_groups(self, rows: Iterable[Group]) -> None:
        for row in rows:
            name = unescape(row.name, is_escaped=row.name_is_escaped)
            if not self.shard.owns(name):
                continue
            self.groups[name] = KnownGroup.of(row)
            _mark(self.missing_groups, row.pk, is_in=row.missing_since is not None)
            _mark(self.gone_groups, row.pk, is_in=row.gone_at is not None)

    def _load_reads(self, rows: QuerySet[GroupTopic]) -> None:
        columns = rows.values_list("pk", "group_id", "topic_id", "gone_at")
        own = {group.id for group in self.groups.values()}
        for pk, group_id, topic_id, gone_at in columns:
            if group_id not in own:
                continue
            self.reads[group_id, topic_id] = pk
            _mark(self.gone_reads, pk, is_in=gone_at is not None)


def _only_present(ids: dict[Key, int], gone: set[int]) -> dict[Key, int]:
    return {key: pk for key, pk in ids.items() if pk not in gone} if gone else ids


def _present(ids: dict[Key, int], gone: set[int]) -> set[Key]:
    return set(_only_present(ids, gone))


def _mark(marked: set[int], pk: int, *, is_in: bool) -> None:
    if is_in:
        marked.add(pk)
    else:
        marked.discard(pk)
