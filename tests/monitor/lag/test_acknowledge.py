"""An operator says that lost records are known."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connection, transaction

from monitor.errors import AcknowledgementError, NotFoundError
from monitor.lag.acknowledge import acknowledge, lost_places
from monitor.models import AuditEntry, Cluster, Group, GroupTopic, LossAcknowledgement, Topic
from monitor.values import Actor
from tests.factories import AT, make_cluster, make_group, make_losing_group
from tests.readings import stored
from tests.waiting import eventually

ANN = Actor("ann", 7, "page")


@pytest.fixture
def losing(db: None) -> Group:
    """Of `orders` 0 it has lost 90 to 100, of 2 from 40 to 70."""
    return make_losing_group(make_cluster())


@pytest.fixture
def orders(losing: Group) -> int:
    return losing.topics.get().topic_id


def say(
    group: Group, seen: Mapping[tuple[int, int], int] | None = None, reason: str = " ticket 7 "
) -> int:
    return acknowledge(ANN, group.pk, reason=reason, seen=seen).lost_records


def lose(*losses: tuple[int, int] | None) -> None:
    """As the next sample would find it."""
    count = len(losses)
    nothing = [None] * count
    body = stored(
        committed=[0] * count,
        flags=[0] * count,
        statuses=["LOSING"] * count,
        time_lag_seconds=nothing,
        time_lag_methods=nothing,
        losses=losses,
    )
    GroupTopic.objects.update(partitions=body)


def is_waited_for() -> bool:
    """Whether somebody waits for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


def test_it_is_stored_by_partition_with_who_and_why(losing: Group) -> None:
    assert say(losing) == 40
    row = LossAcknowledgement.objects.get()
    assert row.offsets == [100, None, 70]
    assert (row.kafka_topic_id, row.acknowledged_by) == ("orders-id", "ann")
    assert (row.reason, row.lost_records) == ("ticket 7", 40)


def test_the_audit_trail_tells_of_it(losing: Group, orders: int) -> None:
    say(losing)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.actor_id) == ("group.acknowledge_loss", "ann", 7)
    assert (entry.via, entry.cluster_name, entry.subject) == ("page", "prod-eu", "group billing")
    assert (entry.reason, entry.detail["lost_records"]) == ("ticket 7", 40)
    assert entry.detail["partitions"][1] == {
        "topic_id": orders,
        "topic": "orders",
        "partition": 2,
        "committed": 40,
        "lost_from": 40,
        "lost_to": 70,
    }


@pytest.mark.parametrize("reason", ["", " \n", "\udcff", "x" * 2001])
def test_it_needs_a_reason_that_can_be_read(losing: Group, reason: str) -> None:
    with pytest.raises(AcknowledgementError) as refused:
        say(losing, reason=reason)
    assert refused.value.field == "reason"
    assert not LossAcknowledgement.objects.exists()


def test_only_what_was_seen_is_acknowledged(losing: Group, orders: int) -> None:
    assert say(losing, {(orders, 0): 95}) == 5
    assert LossAcknowledgement.objects.get().offsets == [95]
    places = [(one.partition, one.lost_from, one.lost_to) for one in lost_places(losing)]
    assert places == [(0, 95, 100), (2, 40, 70)]


def test_more_than_is_lost_cannot_have_been_seen(losing: Group, orders: int) -> None:
    with pytest.raises(AcknowledgementError, match="up to 70, not up to 71"):
        say(losing, {(orders, 0): 100, (orders, 2): 71})
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    ("is_own", "partition", "lost_to"),
    [(True, 0, 90), (True, 1, 10), (True, 5, 10), (False, 0, 99)],
)
def test_what_is_not_lost_is_not_acknowledged(
    losing: Group, orders: int, *, is_own: bool, partition: int, lost_to: int
) -> None:
    topic = orders if is_own else 0
    with pytest.raises(AcknowledgementError, match="counts no more: look again"):
        say(losing, {(topic, partition): lost_to})


def test_what_another_has_acknowledged_stays_his(losing: Group, orders: int) -> None:
    seen = {(orders, 0): 100}
    say(losing, seen, reason="mine")
    lose((90, 100), (5, 9), None)
    with pytest.raises(AcknowledgementError, match="What was seen of group billing"):
        say(losing, seen, reason="late")
    assert LossAcknowledgement.objects.get().reason == "mine"


def test_a_later_loss_adds_to_what_was_acknowledged(losing: Group) -> None:
    say(losing)
    lose((90, 100), None, (40, 75))
    assert say(losing, reason="again") == 5
    row = LossAcknowledgement.objects.get()
    assert (row.offsets, row.reason, row.lost_records) == ([100, None, 75], "again", 5)
    assert [len(one.detail["partitions"]) for one in AuditEntry.objects.order_by("id")] == [2, 1]


def test_each_topic_has_its_own(losing: Group) -> None:
    topic = Topic.objects.create(cluster=losing.cluster, name="audit", first_seen_at=AT)
    GroupTopic.objects.create(group=losing, topic=topic, partitions=losing.topics.get().partitions)
    assert say(losing) == 80
    rows = LossAcknowledgement.objects.order_by("group_topic__topic__name")
    assert [(row.kafka_topic_id, row.lost_records) for row in rows] == [("", 40), ("orders-id", 40)]


def test_what_is_read_no_more_is_not_acknowledged(losing: Group) -> None:
    GroupTopic.objects.update(gone_at=AT)
    with pytest.raises(AcknowledgementError, match="No lost record"):
        say(losing)


def test_what_was_acknowledged_of_a_log_before_is_dropped(losing: Group) -> None:
    say(losing)
    Topic.objects.update(kafka_topic_id="another")
    lose((3, 5), None, None)
    assert say(losing) == 2
    assert LossAcknowledgement.objects.get().offsets == [5]


def test_a_group_that_is_gone_is_not_found(losing: Group) -> None:
    other = make_group(losing.cluster, "other", gone_at=AT)
    for pk in (other.pk, 0):
        with pytest.raises(NotFoundError):
            acknowledge(ANN, pk, reason="why")


@pytest.mark.django_db(transaction=True)
def test_it_waits_for_the_tick_that_stores_and_tells_what_that_found(
    transactional_db: None,
) -> None:
    losing = make_losing_group(make_cluster())
    orders, is_stored = losing.topics.get().topic_id, Event()

    def tick() -> None:
        with transaction.atomic():
            lose((90, 95), None, None)
            Group.objects.filter(pk=losing.pk).update(lost_records=5)
            is_stored.set()
            assert eventually(is_waited_for)
        connection.close()

    with ThreadPoolExecutor() as pool:
        storing = pool.submit(tick)
        assert is_stored.wait(10)
        with pytest.raises(AcknowledgementError, match="up to 95, not up to 100"):
            say(losing, {(orders, 0): 100})
        storing.result()


@pytest.mark.django_db(transaction=True)
def test_a_cluster_that_is_being_deleted_is_waited_for(transactional_db: None) -> None:
    losing = make_losing_group(make_cluster())
    is_locked = Event()

    def delete() -> None:
        with transaction.atomic():
            Cluster.objects.select_for_update().get()
            is_locked.set()
            assert eventually(is_waited_for)
            Cluster.objects.all().delete()
        connection.close()

    with ThreadPoolExecutor() as pool:
        deleting = pool.submit(delete)
        assert is_locked.wait(10)
        with pytest.raises(NotFoundError):
            say(losing)
        deleting.result()
