"""The order service: each change and its event in one transaction."""

import itertools
import json
import random
from collections import deque
from typing import Any

from django.db import transaction
from django.db.models import F

from demo.shop import topics
from demo.shop.models import Customer, Order, Payment
from highwater_events.outbox.publish import publish

NAMES = ("Ada", "Grace", "Edsger", "Barbara", "Leslie", "Tony", "Radia", "Ken", "Margaret")
CITIES = ("London", "Lagos", "Lima", "Oslo", "Osaka", "Pune", "Quito", "Tunis")
ITEMS = ("teapot", "kettle", "mug", "tray", "strainer", "tea, green", "tea, black", "biscuits")

CUSTOMERS = 200
# Of ten events: six orders, three payments, one customer who moves.
CYCLE = "oopoopoopc"
UNPAID_AT_MOST = 10_000


def to_bytes(payload: dict[str, Any]) -> bytes:
    return json.dumps(payload).encode()


def order_payload(order: Order) -> dict[str, Any]:
    """A notification: what happened to which order; the rest is asked for where it is needed."""
    return {"order_id": str(order.id), "item": order.item, "total_cents": order.total_cents}


class OrderService:
    """Writes orders, payments and customers as they would come in over the day."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._cycle = itertools.cycle(CYCLE)
        self._unpaid: deque[Order] = deque(maxlen=UNPAID_AT_MOST)
        self._customers = list(Customer.objects.all()[:CUSTOMERS])

    def act(self) -> None:
        """One event. Raises Django's database errors; then nothing was written."""
        kind = next(self._cycle)
        if kind == "c" or not self._customers:
            self._change_customer()
        elif kind == "p" and self._unpaid:
            self._capture_payment()
        else:
            self._place_order()

    def _place_order(self) -> None:
        order = new_order(self._chance, self._chance.choice(self._customers))
        with transaction.atomic():
            order.save(force_insert=True)
            publish(
                topics.ORDER_PLACED,
                order_payload(order),
                aggregate_type="order",
                aggregate_id=order.id,
            )
        self._unpaid.append(order)

    def _capture_payment(self) -> None:
        order = self._unpaid[0]
        with transaction.atomic():
            payment = Payment.objects.create(order=order, amount_cents=order.total_cents)
            publish(
                topics.PAYMENT_CAPTURED,
                {"payment_id": str(payment.id), "order_id": str(order.id)},
                aggregate_type="payment",
                aggregate_id=payment.id,
            )
        self._unpaid.popleft()

    def _change_customer(self) -> None:
        with transaction.atomic():
            customer = self._moved_customer()
            publish(
                topics.CUSTOMER_CHANGED,
                {
                    "customer_id": str(customer.id),
                    "name": customer.name,
                    "city": customer.city,
                    "version": customer.version,
                },
                aggregate_type="customer",
                aggregate_id=customer.id,
            )

    def _moved_customer(self) -> Customer:
        if len(self._customers) < CUSTOMERS:
            customer = new_customer(self._chance)
            customer.save(force_insert=True)
            transaction.on_commit(lambda: self._customers.append(customer))
            return customer
        chosen = self._chance.choice(self._customers)
        # The update locks the row, so the versions of one customer are published in their order.
        Customer.objects.filter(pk=chosen.pk).update(
            city=self._chance.choice(CITIES), version=F("version") + 1
        )
        return Customer.objects.get(pk=chosen.pk)


def new_customer(chance: random.Random) -> Customer:
    return Customer(
        name=f"{chance.choice(NAMES)} {chance.randrange(1000)}", city=chance.choice(CITIES)
    )


def new_order(chance: random.Random, customer: Customer) -> Order:
    return Order(
        customer=customer, item=chance.choice(ITEMS), total_cents=chance.randrange(100, 50_000)
    )
