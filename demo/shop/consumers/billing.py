"""Billing keeps up: an invoice for each order, a receipt for each payment."""

from django.db import transaction

from demo.shop import topics
from demo.shop.consumers.payload import payload
from demo.shop.models import Invoice, Payment, Receipt
from highwater_events.inbox import is_first_delivery
from highwater_events.router import Context, Router
from highwater_events.spec import ConsumerSpec

router = Router()


@router.on(topics.ORDER_PLACED)
def invoice(context: Context) -> None:
    order = payload(context)
    with transaction.atomic():
        if is_first_delivery(topics.BILLING, context.event.id):
            Invoice.objects.create(order_id=order["order_id"], total_cents=order["total_cents"])


@router.on(topics.PAYMENT_CAPTURED)
def receipt(context: Context) -> None:
    # The event only says that money came; how much is asked of the service that knows.
    payment = Payment.objects.get(pk=payload(context)["payment_id"])
    with transaction.atomic():
        if is_first_delivery(topics.BILLING, context.event.id):
            Receipt.objects.create(order_id=payment.order_id, amount_cents=payment.amount_cents)


spec = ConsumerSpec(topics.BILLING, (topics.ORDERS, topics.PAYMENTS), router)
