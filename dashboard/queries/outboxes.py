"""Outboxes with the backlog that sampling found."""

from django.db.models import QuerySet

from dashboard.queries.keyset import Order
from monitor.models import OutboxSource, OutboxState

BY_NAME = Order("name", str)


def outboxes() -> QuerySet[OutboxSource]:
    """Enabled outboxes by name, each with its state; one query."""
    return OutboxSource.objects.filter(is_enabled=True).select_related("state").order_by("name")


def outbox(source_id: int) -> OutboxSource | None:
    """One enabled outbox; one query."""
    return outboxes().filter(pk=source_id).first()


def state_of(source: OutboxSource) -> OutboxState | None:
    """What sampling found of the outbox, or null before its first tick."""
    return getattr(source, "state", None)
