"""Shipping is slow in waves, so its lag rises and drains."""

import time

from django.conf import settings
from django.db import transaction

from demo.shop import topics
from demo.shop.consumers.payload import payload
from demo.shop.models import Shipment
from demo.shop.pace import Wave, handling_seconds
from highwater_events.inbox import is_first_delivery
from highwater_events.router import Context, Router
from highwater_events.spec import ConsumerSpec

WORKERS = 4
ORDERS_SHARE = 0.6  # of all events, orders
HANDLED_SHARE = 0.4  # of what arrives, in a slow phase

router = Router()
wave = Wave()


@router.on(topics.ORDER_PLACED)
def ship(context: Context) -> None:
    order = payload(context)
    if wave.is_slow(time.time()):
        time.sleep(_packing_seconds())
    with transaction.atomic():
        if is_first_delivery(topics.SHIPPING, context.event.id):
            Shipment.objects.create(order_id=order["order_id"])


def _packing_seconds() -> float:
    arrivals = settings.SHOP_EVENTS_PER_SECOND * ORDERS_SHARE
    return handling_seconds(arrivals, workers=WORKERS, share=HANDLED_SHARE)


spec = ConsumerSpec(topics.SHIPPING, (topics.ORDERS,), router, workers=WORKERS)
