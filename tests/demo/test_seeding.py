from datetime import UTC, datetime, timedelta

import pytest

from demo.shop import seeding, topics
from demo.shop.models import Order, Seeding
from highwater_events.broker.memory import MemoryBroker
from highwater_events.envelope import from_record
from highwater_events.errors import BrokerUnreachableError

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seeding, "ORDERS", 24)


@pytest.fixture
def broker() -> MemoryBroker:
    return MemoryBroker()


def test_all_topics_are_there_with_their_partitions(broker: MemoryBroker) -> None:
    seeding.seed(broker, NOW)
    again = broker.ensure_topics({**topics.PARTITIONS, **topics.COMPACTED_PARTITIONS})
    assert again == frozenset()
    assert {"orders", "payments", "customers", "orders.dlq"} <= {
        *topics.PARTITIONS,
        *topics.COMPACTED_PARTITIONS,
    }


def test_the_past_reaches_back_for_hours_in_table_and_topic(broker: MemoryBroker) -> None:
    assert seeding.seed(broker, NOW) == 24
    times_ms = sorted(record.timestamp_ms or 0 for record in broker.records(topics.ORDERS))
    expected = [NOW - timedelta(hours=6) + timedelta(minutes=15) * n for n in range(24)]
    assert times_ms == [int(time.timestamp() * 1000) for time in expected]
    assert list(Order.objects.order_by("placed_at").values_list("placed_at", flat=True)) == expected


def test_each_seeded_record_tells_of_a_seeded_order(broker: MemoryBroker) -> None:
    seeding.seed(broker, NOW)
    told = {from_record(record).aggregate_id for record in broker.records(topics.ORDERS)}
    assert told == {str(key) for key in Order.objects.values_list("pk", flat=True)}


def test_a_second_seeding_writes_nothing(broker: MemoryBroker) -> None:
    seeding.seed(broker, NOW)
    assert seeding.seed(broker, NOW + timedelta(hours=1)) == 0
    assert len(broker.records(topics.ORDERS)) == 24


def test_a_broker_that_lost_everything_is_seeded_again(broker: MemoryBroker) -> None:
    seeding.seed(broker, NOW)
    emptied = MemoryBroker()
    assert seeding.seed(emptied, NOW) == 24
    assert len(emptied.records(topics.ORDERS)) == Order.objects.count() == 24


def test_a_seeding_that_broke_off_is_repeated_with_the_same_events(
    broker: MemoryBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeding.seed(broker, NOW)
    Seeding.objects.all().delete()
    seeding.seed(broker, NOW)
    ids = [from_record(record).id for record in broker.records(topics.ORDERS)]
    assert (len(ids), len(set(ids)), Order.objects.count()) == (48, 24, 24)


def test_a_broker_that_does_not_answer_leaves_the_past_to_be_seeded(
    broker: MemoryBroker,
) -> None:
    broker.reachable = False
    with pytest.raises(BrokerUnreachableError):
        seeding.seed(broker, NOW)
    assert not Seeding.objects.exists()
