"""An operator says that lost records are known."""

import pytest

from monitor.errors import AcknowledgementError, NotFoundError
from monitor.lag.acknowledge import acknowledge
from monitor.models import AuditEntry, Group, LossAcknowledgement, Topic
from monitor.values import Actor
from tests.factories import AT, make_cluster, make_group, make_losing_group

pytestmark = pytest.mark.django_db

ANN = Actor("ann", 7, "page")


@pytest.fixture
def losing() -> Group:
    return make_losing_group(make_cluster())


def say(group: Group, *, lost_records: int = 40, reason: str = " known, ticket 7 ") -> None:
    acknowledge(ANN, group.pk, lost_records=lost_records, reason=reason)


def test_it_is_stored_by_partition_with_who_and_why(losing: Group) -> None:
    say(losing)
    row = LossAcknowledgement.objects.get()
    assert row.offsets == [100, None, 70]
    assert (row.kafka_topic_id, row.acknowledged_by) == ("orders-id", "ann")
    assert row.reason == "known, ticket 7"


def test_the_audit_trail_tells_of_it(losing: Group) -> None:
    say(losing)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.actor_id) == ("group.acknowledge_loss", "ann", 7)
    assert (entry.via, entry.cluster_name, entry.subject) == ("page", "prod-eu", "group billing")
    assert (entry.reason, entry.detail["lost_records"]) == ("known, ticket 7", 40)
    assert entry.detail["partitions"][1] == {
        "topic": "orders",
        "partition": 2,
        "committed": 40,
        "log_start": 70,
    }


@pytest.mark.parametrize("reason", ["", " \n", "\udcff"])
def test_it_needs_a_reason(losing: Group, reason: str) -> None:
    with pytest.raises(AcknowledgementError) as refused:
        say(losing, reason=reason)
    assert refused.value.field == "reason"
    assert not LossAcknowledgement.objects.exists()


def test_more_than_was_seen_is_refused(losing: Group) -> None:
    with pytest.raises(AcknowledgementError, match="By now 40 records"):
        say(losing, lost_records=39)
    assert not AuditEntry.objects.exists()


def test_what_is_acknowledged_already_is_not_once_more(losing: Group) -> None:
    say(losing)
    with pytest.raises(AcknowledgementError, match="No lost record of group billing waits"):
        say(losing)
    assert AuditEntry.objects.count() == 1


def test_a_later_loss_adds_to_what_was_acknowledged(losing: Group) -> None:
    say(losing)
    Topic.objects.update(log_start=[100, 0, 75])
    Group.objects.update(lost_records=5)
    say(losing, lost_records=5, reason="again")
    row = LossAcknowledgement.objects.get()
    assert (row.offsets, row.reason) == ([100, None, 75], "again")
    assert [len(one.detail["partitions"]) for one in AuditEntry.objects.order_by("id")] == [2, 1]


def test_what_was_acknowledged_of_a_log_before_is_dropped(losing: Group) -> None:
    say(losing)
    Topic.objects.update(kafka_topic_id="another", log_start=[95, 0, 0])
    say(losing)
    assert LossAcknowledgement.objects.get().offsets == [95]


@pytest.mark.parametrize("lost", [0, None])
def test_where_nothing_is_known_to_be_lost_it_is_refused(losing: Group, lost: int | None) -> None:
    Group.objects.update(lost_records=lost)
    with pytest.raises(AcknowledgementError, match="No lost record"):
        say(losing)


def test_a_group_that_is_gone_is_not_found(losing: Group) -> None:
    other = make_group(losing.cluster, "other", gone_at=AT)
    for pk in (other.pk, 0):
        with pytest.raises(NotFoundError):
            acknowledge(ANN, pk, lost_records=1, reason="why")
