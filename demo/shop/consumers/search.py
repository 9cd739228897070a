"""Search indexes orders under the names that customer events carried to it."""

from django.db import transaction
from django.db.models import Q

from demo.shop import topics
from demo.shop.consumers.payload import payload
from demo.shop.models import CustomerCopy, SearchDocument
from highwater_events.inbox import is_first_delivery
from highwater_events.router import Context, Router
from highwater_events.spec import ConsumerSpec

router = Router()


@router.on(topics.ORDER_PLACED)
def index_order(context: Context) -> None:
    order = payload(context)
    with transaction.atomic():
        if is_first_delivery(topics.SEARCH, context.event.id):
            SearchDocument.objects.create(order_id=order["order_id"], text=order["item"])


@router.on(topics.CUSTOMER_CHANGED)
def copy_customer(context: Context) -> None:
    """Carried state needs no inbox: an older version than the one at hand changes nothing."""
    carried = payload(context)
    copy = CustomerCopy(**carried)
    CustomerCopy.objects.bulk_create([copy], ignore_conflicts=True)
    CustomerCopy.objects.filter(Q(version__lt=copy.version), customer_id=copy.customer_id).update(
        name=copy.name, city=copy.city, version=copy.version
    )


spec = ConsumerSpec(topics.SEARCH, (topics.ORDERS, topics.CUSTOMERS), router)
