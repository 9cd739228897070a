"""What the order service owns, and what each consumer makes of its events.

The consumers' tables name orders without foreign keys: they know them from events only. None but
the inbox keeps a second row for an order out of them, so a second effect would show.
"""

import uuid

from django.db import models
from django.db.models.functions import Now


class Customer(models.Model):
    """Somebody who orders. `version` grows with each change."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=100)
    city = models.CharField(max_length=100)
    version = models.IntegerField(default=1)

    def __str__(self) -> str:
        return self.name


class Order(models.Model):
    """A placed order."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT)
    item = models.CharField(max_length=100)
    total_cents = models.IntegerField()
    placed_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.item} {self.id}"


class Payment(models.Model):
    """Money received for an order."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    order = models.OneToOneField(Order, on_delete=models.CASCADE)
    amount_cents = models.IntegerField()
    captured_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"payment {self.id}"


class Effect(models.Model):
    """What all consumers note: which order, and when."""

    order_id = models.UUIDField(db_index=True)  # "what became of this order"
    handled_at = models.DateTimeField(db_default=Now())

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} of {self.order_id}"


class Invoice(Effect):
    """Billing's answer to an order."""

    total_cents = models.IntegerField()


class Receipt(Effect):
    """Billing's answer to a payment."""

    amount_cents = models.IntegerField()


class Shipment(Effect):
    """Shipping's answer to an order."""


class FraudCheck(Effect):
    """Fraud's answer to an order that its rules understood."""

    score = models.IntegerField()


class SearchDocument(Effect):
    """What the search finds of an order."""

    text = models.TextField()


class CustomerCopy(models.Model):
    """The search's own copy of a customer, carried to it by events."""

    customer_id = models.UUIDField(primary_key=True)
    name = models.CharField(max_length=100)
    city = models.CharField(max_length=100)
    version = models.IntegerField()

    def __str__(self) -> str:
        return self.name


class Seeding(models.Model):
    """That the past was written, so that a second `seed` writes it no second time."""

    topic = models.CharField(max_length=249, primary_key=True)
    seeded_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.topic
