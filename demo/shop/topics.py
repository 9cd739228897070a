"""The shop's topics and groups, and the types of its events."""

from django.conf import settings

from highwater_events.deadletter import dead_letter_topic

PREFIX: str = settings.SHOP_PREFIX

ORDERS = f"{PREFIX}orders"
PAYMENTS = f"{PREFIX}payments"
CUSTOMERS = f"{PREFIX}customers"

PARTITIONS = {
    ORDERS: 12,
    PAYMENTS: 6,
    dead_letter_topic(ORDERS): 1,
    dead_letter_topic(PAYMENTS): 1,
    dead_letter_topic(CUSTOMERS): 1,
}
COMPACTED_PARTITIONS = {CUSTOMERS: 3}  # the last state of each customer is all that counts

BILLING = f"{PREFIX}billing"
SHIPPING = f"{PREFIX}shipping"
SEARCH = f"{PREFIX}search"
FRAUD = f"{PREFIX}fraud"

ORDER_PLACED = "order.placed"
PAYMENT_CAPTURED = "payment.captured"
CUSTOMER_CHANGED = "customer.changed"
