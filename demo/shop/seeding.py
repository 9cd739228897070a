"""The shop's past: orders of the last hours, in the database and, with their times, in the topic.

They go straight to the broker by the toolkit's producer: the outbox would give them today's time.
"""

import random
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction

from demo.shop import topics
from demo.shop.models import Customer, Order, Seeding
from demo.shop.ordering import new_customer, new_order, order_payload, to_bytes
from highwater_events.broker.base import Broker, Delivery
from highwater_events.envelope import Event, to_record
from highwater_events.errors import BrokerError, BrokerUnreachableError

SOURCE = "/demo/shop"
ORDERS = 2_400
HOURS = 6
CUSTOMERS = 20
FLUSH_SECONDS = 30.0
# Ids follow from their number, so that a seeding which broke off is repeated, not doubled.
NAMESPACE = uuid.UUID("6f1c1d9a-6f0e-4f57-9f6c-0d6a3c5a7e11")


def seed(broker: Broker, now: datetime) -> int:
    """Create the topics and write the past once; the number of orders written.

    Raises BrokerError where the broker does not take them; repeating is safe.
    """
    created = broker.ensure_topics(topics.PARTITIONS)
    broker.ensure_topics(topics.COMPACTED_PARTITIONS, config={"cleanup.policy": "compact"})
    if topics.ORDERS in created:  # a broker that lost everything since, or another one
        Seeding.objects.all().delete()
    if Seeding.objects.filter(topic=topics.ORDERS).exists():
        return 0
    orders = _past_orders(now)
    _send(broker, [_event(order) for order in orders])
    Seeding.objects.create(topic=topics.ORDERS)
    return len(orders)


def _past_orders(now: datetime) -> list[Order]:
    chance = random.Random(1)  # noqa: S311  a shop's past, not a secret
    customers = [_numbered_customer(chance, number) for number in range(CUSTOMERS)]
    step = timedelta(hours=HOURS) / ORDERS
    orders = []
    for number in range(ORDERS):
        order = new_order(chance, chance.choice(customers))
        order.id = uuid.uuid5(NAMESPACE, f"order {number}")
        order.placed_at = now - step * (ORDERS - number)
        orders.append(order)
    with transaction.atomic():
        Customer.objects.bulk_create(customers, ignore_conflicts=True)
        Order.objects.bulk_create(orders, ignore_conflicts=True)
    return orders


def _numbered_customer(chance: random.Random, number: int) -> Customer:
    customer = new_customer(chance)
    customer.id = uuid.uuid5(NAMESPACE, f"customer {number}")
    return customer


def _event(order: Order) -> Event:
    return Event(
        id=uuid.uuid5(NAMESPACE, f"event of {order.id}"),
        type=topics.ORDER_PLACED,
        source=SOURCE,
        time=order.placed_at,
        aggregate_type="order",
        aggregate_id=str(order.id),
        payload=to_bytes(order_payload(order)),
    )


def _send(broker: Broker, events: Sequence[Event]) -> None:
    failures: list[BrokerError] = []

    def note(delivery: Delivery) -> None:
        if delivery.error is not None:
            failures.append(delivery.error)

    producer = broker.producer(client_id="shop-seed")
    for event in events:
        timestamp_ms = int(event.time.timestamp() * 1000)
        producer.send(replace(to_record(event, topics.ORDERS), timestamp_ms=timestamp_ms), note)
    left = producer.flush(FLUSH_SECONDS)
    producer.close()
    if failures:
        raise failures[0]
    if left:
        raise BrokerUnreachableError(f"{left} seeded orders were not acknowledged; seed again.")
