"""What each consumer makes of an event, delivered once and twice."""

import json
import uuid
from typing import Any

import pytest

from demo.shop.consumers import billing, fraud, search, shipping
from demo.shop.models import (
    Customer,
    CustomerCopy,
    FraudCheck,
    Invoice,
    Order,
    Payment,
    Receipt,
    SearchDocument,
    Shipment,
)
from demo.shop.pace import Wave
from highwater_events.router import Context, Router
from tests.highwater_events.events import a_record, an_event

pytestmark = pytest.mark.django_db

ORDER = {"order_id": str(uuid.uuid4()), "item": "teapot", "total_cents": 1_300}
CUSTOMER = {"customer_id": str(uuid.uuid4()), "name": "Ada 1", "city": "London", "version": 2}


@pytest.fixture(autouse=True)
def calm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipping, "wave", Wave(slow_seconds=0.0))


def deliver(router: Router, kind: str, payload: dict[str, Any], *, times: int = 1) -> None:
    event = an_event(json.dumps(payload).encode(), kind=kind)
    context = Context(event, a_record(event))
    route = router.route(context)
    assert route is not None
    for _ in range(times):
        route.handler(context)


@pytest.mark.parametrize(
    ("router", "effect"),
    [
        (billing.router, Invoice),
        (shipping.router, Shipment),
        (search.router, SearchDocument),
        (fraud.router, FraudCheck),
    ],
)
def test_an_order_delivered_twice_has_one_effect(router: Router, effect: Any) -> None:
    deliver(router, "order.placed", ORDER, times=2)
    assert [str(one.order_id) for one in effect.objects.all()] == [ORDER["order_id"]]


def test_billing_asks_for_the_amount_of_a_payment() -> None:
    customer = Customer.objects.create(name="Ada", city="London")
    order = Order.objects.create(customer=customer, item="mug", total_cents=500)
    payment = Payment.objects.create(order=order, amount_cents=500)
    told = {"payment_id": str(payment.id), "order_id": str(order.id)}
    deliver(billing.router, "payment.captured", told, times=2)
    [receipt] = Receipt.objects.all()
    assert (receipt.order_id, receipt.amount_cents) == (order.id, 500)


def test_search_keeps_the_newest_state_of_a_customer() -> None:
    deliver(search.router, "customer.changed", CUSTOMER)
    deliver(search.router, "customer.changed", {**CUSTOMER, "city": "Oslo", "version": 3})
    deliver(search.router, "customer.changed", {**CUSTOMER, "city": "Lima", "version": 1})
    [copy] = CustomerCopy.objects.all()
    assert (copy.city, copy.version) == ("Oslo", 3)


def test_fraud_fails_on_totals_that_its_rules_do_not_cover() -> None:
    with pytest.raises(fraud.UnscorableOrder, match="970 cents"):
        deliver(fraud.router, "order.placed", {**ORDER, "total_cents": 970})
    assert not FraudCheck.objects.exists()


def test_a_payload_that_is_no_object_is_refused() -> None:
    with pytest.raises(ValueError, match="no JSON object"):
        deliver(billing.router, "order.placed", [])  # type: ignore[arg-type]  # on purpose


def test_shipping_takes_its_time_in_a_wave(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(shipping, "wave", Wave(slow_seconds=1.0, fast_seconds=0.0))
    monkeypatch.setattr("time.sleep", slept.append)
    deliver(shipping.router, "order.placed", ORDER)
    assert slept == [pytest.approx(4 / 12)]
