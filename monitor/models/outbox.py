"""Outbox tables in services' databases: what people configure, and what sampling found."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models


class OutboxSource(models.Model):
    """An outbox to watch. The DSN is a reference; the database never holds it in the clear."""

    name = models.CharField(max_length=100, unique=True)
    dsn_reference = models.CharField(
        max_length=300,
        help_text="env:HIGHWATER_SECRET_NAME, or file:NAME under HIGHWATER_SECRETS_DIR.",
    )
    table_name = models.CharField(
        max_length=130,
        default="highwater_events_outbox",
        help_text="Table of the toolkit's outbox, with its schema where it is not on the path.",
    )
    sample_interval_seconds = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(3600)],
        help_text="Seconds between two samples; empty for HIGHWATER_SAMPLE_INTERVAL.",
    )
    is_enabled = models.BooleanField(default=True, help_text="Sample this outbox.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class OutboxState(models.Model):
    """The backlog as of the last sample; written by sampling only. Null means unknown.

    `depth` counts pending rows, exactly or, past the probe's cap, as the planner's estimate;
    `oldest_age_seconds` is 0 where there is none.
    `counters` are the table's growing numbers at that sample; the next one makes rates of them.
    """

    source = models.OneToOneField(
        OutboxSource, models.CASCADE, primary_key=True, related_name="state"
    )
    status = models.CharField(max_length=12, default="UNKNOWN")
    status_since = models.DateTimeField(null=True)
    status_reason = models.TextField(blank=True, default="")
    sampled_at = models.DateTimeField(null=True)
    previous_sampled_at = models.DateTimeField(null=True)
    depth = models.BigIntegerField(null=True)
    depth_is_exact = models.BooleanField(default=True)
    oldest_age_seconds = models.FloatField(null=True)
    failed = models.BigIntegerField(null=True)
    inserted_per_second = models.FloatField(null=True)
    published_per_second = models.FloatField(null=True)
    by_type = models.JSONField(default=dict)
    probe_seconds = models.FloatField(null=True)
    counters = models.JSONField(default=dict)
    unreachable_since = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True, default="")

    def __str__(self) -> str:
        return f"state of {self.source_id}"
