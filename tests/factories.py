"""Rows for tests, as configuration and sampling would leave them. Every field can be overridden."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import Group as Role
from django.contrib.auth.models import User

from dashboard.access.tokens import seal
from monitor.models import (
    ApiToken,
    Cluster,
    ClusterState,
    Group,
    GroupMember,
    GroupTopic,
    OutboxSource,
    OutboxState,
    Replay,
    ReplayPartition,
    StatusChange,
    Topic,
)
from monitor.values import ReadingFlag, Status
from tests.readings import stored

PASSWORD = "correct-horse-battery-7"
AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def make_user(name: str, *roles: str, **fields: Any) -> User:
    """A user in the named roles, `viewers` or `operators`, whose password is PASSWORD."""
    user = User.objects.create_user(name, password=PASSWORD, **fields)
    user.groups.set(Role.objects.filter(name__in=roles))
    return user


def make_cluster(name: str = "prod-eu", **state: Any) -> Cluster:
    """A cluster that was sampled at AT."""
    cluster = Cluster.objects.create(name=name, bootstrap_servers="kafka:9092")
    ClusterState.objects.create(cluster=cluster, **{"sampled_at": AT, "broker_count": 3} | state)
    return cluster


def make_topic(cluster: Cluster, name: str = "orders", **fields: Any) -> Topic:
    fields = {"partition_count": 3, "first_seen_at": AT} | fields
    return Topic.objects.create(cluster=cluster, name=name, **fields)


def make_group(cluster: Cluster, name: str = "billing", **fields: Any) -> Group:
    """A group that keeps up."""
    defaults: dict[str, Any] = {
        "state": "Stable",
        "status": Status.OK,
        "status_since": AT,
        "first_seen_at": AT,
        "sampled_at": AT,
        "member_count": 1,
        "lag": 0,
        "lag_max": 0,
        "time_lag_seconds": 0.0,
        "partitions": 3,
    }
    return Group.objects.create(cluster=cluster, name=name, **defaults | fields)


def make_reading(
    group: Group,
    topic: Topic,
    *,
    committed: Sequence[int | None] = (90, 100, None),
    log_end: Sequence[int | None] = (100, 100, 50),
    sampled_at: datetime | None = AT,
    gone_at: datetime | None = None,
    **columns: Any,
) -> GroupTopic:
    """The group reads the topic, whose log this is; a partition whose commit is None has none.

    Other columns are those of `tests.readings.stored`.
    """
    count = len(committed)
    Topic.objects.filter(pk=topic.pk).update(
        log_start=[0] * count, log_end=log_end, stable_end=log_end, sampled_at=sampled_at
    )
    topic.refresh_from_db()
    defaults: dict[str, Any] = {
        "flags": [int(offset is None) for offset in committed],
        "time_lag_seconds": [None] * count,
        "time_lag_methods": [None] * count,
        "statuses": [Status.OK.value] * count,
    }
    return GroupTopic.objects.create(
        group=group,
        topic=topic,
        sampled_at=sampled_at,
        gone_at=gone_at,
        partitions=stored(committed=committed, **defaults | columns),
    )


def make_losing_group(cluster: Cluster, name: str = "billing", reads: str = "orders") -> Group:
    """It has lost ten records of partition 0 and thirty of partition 2, at 90 and 40."""
    group = make_group(
        cluster,
        name,
        status=Status.LOSING,
        status_reason="2 of 3 partitions: 40 records were deleted before they were read, lag 130 "
        "records.",
        lost_records=40,
        lag=130,
        lag_max=100,
        time_lag_seconds=5400.0,
    )
    topic = make_topic(cluster, reads, kafka_topic_id=f"{reads}-id")
    make_reading(
        group,
        topic,
        committed=[90, 100, 40],
        log_end=[200, 100, 100],
        flags=[int(ReadingFlag.LOST), 0, int(ReadingFlag.LOST)],
        statuses=["LOSING", "OK", "LOSING"],
        losses=[(90, 100), None, (40, 70)],
    )
    Topic.objects.filter(pk=topic.pk).update(log_start=[100, 0, 70])
    return group


def make_member(group: Group, client_id: str, assignment: dict[str, list[int]]) -> GroupMember:
    return GroupMember.objects.create(
        group=group,
        member_id=f"{client_id}-1",
        client_id=client_id,
        host=f"/{client_id}.example",
        assignment=assignment,
    )


def make_outbox(name: str = "shop", **state: Any) -> OutboxSource:
    """An outbox with ten pending rows, the oldest four seconds old."""
    source = OutboxSource.objects.create(name=name, dsn_reference="env:HIGHWATER_SECRET_SHOP")
    defaults: dict[str, Any] = {
        "status": "OK",
        "status_since": AT,
        "sampled_at": AT,
        "depth": 10,
        "oldest_age_seconds": 4.0,
        "failed": 0,
    }
    OutboxState.objects.create(source=source, **defaults | state)
    return source


def make_change(group: Group, after: Status, **fields: Any) -> StatusChange:
    defaults = {"at": AT, "before": Status.OK, "reason": "because"}
    return StatusChange.objects.create(
        cluster=group.cluster, group=group, after=after, **defaults | fields
    )


def make_replay(cluster: Cluster, **fields: Any) -> Replay:
    """A planned rewind of `billing` on one partition of `orders`, from 100 to 10."""
    defaults: dict[str, Any] = {
        "verb": Replay.Verb.REWIND,
        "group_name": "billing",
        "topic_name": "orders",
        "plan_hash": "0" * 64,
        "reason": "a bad release",
        "requested_by": "operator",
        "planned_at": AT,
        "expires_at": AT,
        "records_total": 90,
    }
    replay = Replay.objects.create(cluster=cluster, **defaults | fields)
    ReplayPartition.objects.create(
        replay=replay,
        topic_name=replay.topic_name,
        partition=0,
        before=100,
        after=10,
        log_start=0,
        log_end=100,
    )
    return replay


def make_token(owner: User, scope: str = ApiToken.Scope.READ, **fields: Any) -> str:
    """A token of the owner, as its bearer sends it."""
    token = ApiToken(owner=owner, name="a script", scope=scope, **fields)
    secret = seal(token)
    token.save()
    return secret
