"""Tables that a service installs in its own database."""

import uuid

from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models import F, Q


class OutboxRow(models.Model):
    """An event written in the transaction that made it true, waiting for the relay.

    Column names are those of Debezium's event router (`id, aggregatetype, aggregateid, type,
    payload`), so that it can read the same table. Pending means neither published nor failed.
    """

    position = models.BigAutoField(primary_key=True)
    id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    aggregatetype = models.CharField(max_length=255)
    aggregateid = models.CharField(max_length=255)
    type = models.CharField(max_length=255)
    payload = models.BinaryField()
    content_type = models.CharField(max_length=100, default="application/json")
    topic = models.CharField(max_length=249)
    headers = models.JSONField(default=dict)
    traceparent = models.CharField(max_length=100, blank=True, default="")
    tracestate = models.CharField(max_length=512, blank=True, default="")
    shard = models.SmallIntegerField()
    created_at = models.DateTimeField(db_default=TransactionNow())
    published_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    attempts = models.SmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True, default="")

    class Meta:
        db_table = "highwater_events_outbox"
        indexes = [
            # The relay's read: pending rows of its shards, oldest first. Also depth and oldest age.
            # The read sorts by `position + 0`, which only this index offers: by `position` Postgres
            # may walk the primary key instead, through all rows that were ever published.
            models.Index(
                F("shard"),
                F("position") + 0,
                name="outbox_pending",
                condition=Q(published_at=None, failed_at=None),
            ),
            # The relay's look at the keys that wait for a refused row's next attempt.
            models.Index(
                fields=["retry_at"],
                name="outbox_retrying",
                condition=Q(published_at=None, failed_at=None) & ~Q(retry_at=None),
            ),
            # The relay's look at the keys that a failed row blocks, the probe's "failed by reason",
            # and the requeue of failed rows.
            models.Index(fields=["failed_at"], name="outbox_failed", condition=~Q(failed_at=None)),
            # Clean-up: published rows older than the retention, in bounded batches.
            models.Index(
                fields=["published_at"], name="outbox_published", condition=~Q(published_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"


class OutboxShard(models.Model):
    """A share of the keys, held by one relay at a time; times are the database's clock."""

    number = models.SmallIntegerField(primary_key=True)
    holder = models.CharField(max_length=255, blank=True, default="")
    token = models.UUIDField(null=True)
    leased_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "highwater_events_outbox_shard"

    def __str__(self) -> str:
        return f"shard {self.number}"


class OutboxRelay(models.Model):
    """A relay that is alive, so that relays can share out the shards; the database's clock."""

    name = models.CharField(max_length=255, primary_key=True)
    alive_until = models.DateTimeField()

    class Meta:
        db_table = "highwater_events_outbox_relay"

    def __str__(self) -> str:
        return self.name


class InboxEntry(models.Model):
    """A message that a consumer has handled, written in the transaction of its effects."""

    pk = models.CompositePrimaryKey("consumer", "message_id")
    consumer = models.CharField(max_length=255)
    message_id = models.UUIDField()
    handled_at = models.DateTimeField(db_default=TransactionNow())

    class Meta:
        db_table = "highwater_events_inbox"
        indexes = [
            # Clean-up: entries older than the retention, in bounded batches.
            models.Index(fields=["handled_at"], name="inbox_handled"),
        ]

    def __str__(self) -> str:
        return f"{self.consumer} {self.message_id}"
