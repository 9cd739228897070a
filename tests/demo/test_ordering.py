import json
import random
from typing import Any

import pytest

from demo.shop.models import Customer, Order, Payment
from demo.shop.ordering import OrderService
from highwater_events.models import OutboxRow

CHANCE = random.Random(7)  # noqa: S311  a shop's trade, not a secret

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def service() -> OrderService:
    """An order service after a hundred events."""
    service = OrderService(CHANCE)
    for _ in range(100):
        service.act()
    return service


def payloads(kind: str) -> list[dict[str, Any]]:
    rows = OutboxRow.objects.filter(type=kind).order_by("position")
    return [json.loads(bytes(row.payload)) for row in rows]


def test_each_change_has_one_event(service: OrderService) -> None:
    assert OutboxRow.objects.count() == 100
    assert len(payloads("order.placed")) == Order.objects.count()
    assert len(payloads("payment.captured")) == Payment.objects.count()


def test_of_ten_events_six_are_orders_three_payments_one_a_customer(service: OrderService) -> None:
    kinds = ("order.placed", "payment.captured", "customer.changed")
    # The very first order had nobody to order, so it became a customer.
    assert [len(payloads(kind)) for kind in kinds] == [59, 30, 11]


def test_an_order_event_tells_of_its_order(service: OrderService) -> None:
    order = Order.objects.first()
    assert order is not None
    told = {"order_id": str(order.id), "item": order.item, "total_cents": order.total_cents}
    assert told in payloads("order.placed")


def test_a_payment_is_for_an_order_that_was_placed_and_only_once(service: OrderService) -> None:
    paid = [payment["order_id"] for payment in payloads("payment.captured")]
    assert len(paid) == len(set(paid)) == Payment.objects.count()


def test_a_customer_event_carries_the_whole_customer(service: OrderService) -> None:
    customer = Customer.objects.get(pk=payloads("customer.changed")[-1]["customer_id"])
    assert payloads("customer.changed")[-1] == {
        "customer_id": str(customer.id),
        "name": customer.name,
        "city": customer.city,
        "version": customer.version,
    }


def test_a_change_that_fails_leaves_no_event(
    service: OrderService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("demo.shop.ordering.publish", refuse)
    before = Order.objects.count(), Payment.objects.count(), Customer.objects.count()
    for _ in range(10):
        with pytest.raises(RuntimeError):
            service.act()
    assert before == (Order.objects.count(), Payment.objects.count(), Customer.objects.count())
    assert OutboxRow.objects.count() == 100


def test_a_service_that_starts_again_knows_its_customers(service: OrderService) -> None:
    orders = Order.objects.count()
    OrderService(CHANCE).act()
    assert Order.objects.count() == orders + 1


def refuse(*args: object, **words: object) -> None:
    raise RuntimeError("no outbox today")
