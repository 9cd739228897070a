"""Fraud fails on some orders; after its attempts they go to `orders.dlq`."""

from django.db import transaction

from demo.shop import topics
from demo.shop.consumers.payload import payload
from demo.shop.models import FraudCheck
from highwater_events.inbox import is_first_delivery
from highwater_events.retries import Backoff, RetryPolicy, Rule
from highwater_events.router import Context, Router
from highwater_events.spec import ConsumerSpec

UNSCORABLE_EVERY = 97  # about one order in a hundred

router = Router()


class UnscorableOrder(Exception):
    """The rules have no answer for this total."""


@router.on(topics.ORDER_PLACED)
def check(context: Context) -> None:
    order = payload(context)
    score = scored(order["total_cents"])
    with transaction.atomic():
        if is_first_delivery(topics.FRAUD, context.event.id):
            FraudCheck.objects.create(order_id=order["order_id"], score=score)


def scored(total_cents: int) -> int:
    """A score from 0 to 99; raises UnscorableOrder for the totals that the rules do not cover."""
    if is_unscorable(total_cents):
        raise UnscorableOrder(f"No rule covers a total of {total_cents} cents.")
    return total_cents % 100


def is_unscorable(total_cents: int) -> bool:
    return total_cents % UNSCORABLE_EVERY == 0


spec = ConsumerSpec(
    topics.FRAUD,
    (topics.ORDERS,),
    router,
    retries=RetryPolicy(default=Rule(max_attempts=3, backoff=Backoff(first_seconds=0.2))),
)
