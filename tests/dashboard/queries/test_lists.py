"""Clusters, topics, outboxes, changes, replays and the overview's figures."""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from dashboard.queries import changes, clusters, outboxes, overview, replays, topics
from monitor.models import AuditEntry, Cluster, OutboxSource, Replay
from monitor.values import Status
from tests.factories import (
    AT,
    make_change,
    make_cluster,
    make_group,
    make_outbox,
    make_reading,
    make_replay,
    make_topic,
)

pytestmark = pytest.mark.django_db


def test_clusters_come_by_name_with_state_and_present_groups(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    first = make_cluster("b")
    make_cluster("a")
    make_group(first)
    make_group(first, "old", gone_at=AT)
    with django_assert_num_queries(1):
        found = list(clusters.clusters())
        states = [clusters.state_of(cluster) for cluster in found]
    assert [(cluster.name, cluster.group_count) for cluster in found] == [("a", 0), ("b", 1)]
    assert all(state and state.sampled_at == AT for state in states)


def test_a_cluster_before_its_first_tick_has_no_state() -> None:
    made = Cluster.objects.create(name="new", bootstrap_servers="kafka:9092")
    found = clusters.cluster(made.pk)
    assert found is not None and clusters.state_of(found) is None


def test_a_disabled_cluster_is_not_found() -> None:
    made = make_cluster()
    Cluster.objects.update(is_enabled=False)
    assert clusters.cluster(made.pk) is None


def test_topics_are_searched_and_count_their_present_readers() -> None:
    cluster = make_cluster()
    orders = make_topic(cluster, "orders")
    make_topic(cluster, "payments")
    make_reading(make_group(cluster), orders)
    make_reading(make_group(cluster, "old", gone_at=AT), orders)
    found = topics.topics(search="ORD", cluster_id=cluster.pk)
    assert [(topic.name, topic.group_count) for topic in found] == [("orders", 1)]


def test_a_search_that_no_name_can_match_finds_no_topic() -> None:
    make_topic(make_cluster(), "orders")
    assert not topics.topics(search="\0").exists()


def test_a_topic_shows_its_log_and_its_groups(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    cluster = make_cluster()
    topic = make_topic(cluster)
    make_reading(make_group(cluster, "b"), topic, log_end=[1, 1, 1])
    make_reading(make_group(cluster, "a"), topic)
    with django_assert_num_queries(1):
        detail = topics.topic_detail(topic)
    assert [row.log_end for row in detail.partitions] == [100, 100, 50]
    assert [group.name for group in detail.groups] == ["a", "b"]


def test_a_topic_that_nobody_reads_has_no_partitions_to_show() -> None:
    detail = topics.topic_detail(make_topic(make_cluster()))
    assert (detail.sampled_at, detail.partitions) == (None, [])


def test_outboxes_come_with_their_state(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    make_outbox()
    OutboxSource.objects.create(name="new", dsn_reference="env:HIGHWATER_SECRET_NEW")
    with django_assert_num_queries(1):
        states = [outboxes.state_of(source) for source in outboxes.outboxes()]
    assert [state and state.depth for state in states] == [None, 10]


def test_changes_are_filtered_by_subject_and_range() -> None:
    billing = make_group(make_cluster())
    shipping = make_group(billing.cluster, "shipping")
    make_change(billing, Status.WARN, at=AT - timedelta(hours=1))
    latest = make_change(billing, Status.STALL)
    make_change(shipping, Status.STOP)
    assert list(changes.status_changes(group_id=billing.pk, start=AT, end=AT)) == [latest]
    assert not changes.status_changes(source_id=1).exists()


def test_replays_are_filtered_and_newest_first() -> None:
    cluster = make_cluster()
    old = make_replay(cluster, state=Replay.State.FAILED)
    new = make_replay(cluster, state=Replay.State.FAILED)
    make_replay(cluster)
    make_replay(cluster, state=Replay.State.FAILED, verb=Replay.Verb.REPUBLISH)
    found = replays.replays(
        states=("FAILED",), verb="rewind", cluster_id=cluster.pk, group_name="billing"
    )
    assert list(found) == [new, old]


def test_a_replay_comes_with_its_partitions_in_two_queries(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    made = make_replay(make_cluster())
    with django_assert_num_queries(2):
        found = replays.replay(made.pk)
        assert found is not None
        assert [(row.before, row.after) for row in found.partitions.all()] == [(100, 10)]


def test_a_replays_group_is_found_by_the_name_that_kafka_knows() -> None:
    cluster = make_cluster()
    group = make_group(cluster, r"a\\b", name_is_escaped=True)
    make_group(make_cluster("other"), r"a\\b", name_is_escaped=True)
    assert replays.group_of(make_replay(cluster, group_name=r"a\b")) == group
    assert replays.group_of(make_replay(cluster, group_name=r"a\\b")) is None


def test_the_audit_trail_of_a_replay_is_oldest_first() -> None:
    for action in ("replay.plan", "replay.run"):
        AuditEntry.objects.create(actor="operator", via="ui", action=action, replay_id=7)
    AuditEntry.objects.create(actor="operator", via="ui", action="replay.plan", replay_id=8)
    trail = [entry.action for entry in replays.audit_trail(7)]
    assert trail == ["replay.plan", "replay.run"]


def test_figures_name_the_worst(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    cluster = make_cluster()
    make_group(cluster, "billing", time_lag_seconds=3.0)
    make_group(cluster, "shipping", time_lag_seconds=90.0, status=Status.WARN)
    make_group(cluster, "search", time_lag_seconds=None, status=Status.UNKNOWN)
    make_group(cluster, "forgotten", time_lag_seconds=9e6, status=Status.ABANDONED)
    make_outbox()
    with django_assert_num_queries(3):
        found = overview.figures(cluster.pk)
    assert (found.groups_not_ok, found.groups_total) == (2, 3)
    assert found.worst_time_lag and found.worst_time_lag.name == "shipping"
    assert found.oldest_outbox and found.oldest_outbox.seconds == 4.0


def test_figures_of_nothing_are_unknown() -> None:
    make_group(make_cluster(), time_lag_seconds=None)
    make_outbox(oldest_age_seconds=None)
    found = overview.figures()
    assert (found.worst_time_lag, found.oldest_outbox) == (None, None)
