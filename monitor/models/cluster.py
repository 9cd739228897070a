"""Kafka clusters: what people configure, and what sampling found."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from monitor.shards import MOST_SHARDS


class Cluster(models.Model):
    """A cluster to watch. `properties` are librdkafka's; secret ones hold references only."""

    class Environment(models.TextChoices):
        PRODUCTION = "production", "Production"
        STAGING = "staging", "Staging"
        DEVELOPMENT = "development", "Development"

    name = models.CharField(max_length=100, unique=True)
    bootstrap_servers = models.TextField(
        help_text="host:port of one or more brokers, comma separated."
    )
    properties = models.JSONField(
        default=dict,
        blank=True,
        help_text=(
            "librdkafka properties as a JSON object, for example "
            '{"security.protocol": "SASL_SSL", "sasl.password": "env:HIGHWATER_SECRET_KAFKA"}. '
            "Secrets go by reference only."
        ),
    )
    environment = models.CharField(
        max_length=20, choices=Environment, default=Environment.PRODUCTION
    )
    sample_interval_seconds = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(3600)],
        help_text="Seconds between two samples; empty for HIGHWATER_SAMPLE_INTERVAL.",
    )
    is_enabled = models.BooleanField(default=True, help_text="Sample this cluster.")
    include_groups = models.JSONField(
        default=list,
        blank=True,
        help_text="Globs of the groups to watch, as a JSON list; empty for all.",
    )
    exclude_groups = models.JSONField(
        default=list,
        blank=True,
        help_text="Globs of groups to leave out, whatever else includes them.",
    )
    include_topics = models.JSONField(
        default=list,
        blank=True,
        help_text="Globs of the topics to watch, as a JSON list; empty for all.",
    )
    exclude_topics = models.JSONField(
        default=list,
        blank=True,
        help_text="Globs of topics to leave out, whatever else includes them.",
    )
    allowed_lags = models.JSONField(
        default=dict,
        blank=True,
        help_text=(
            "Records that a partition may lag and count as caught up, by glob of its group, as a "
            'JSON object: {"payments-*": 1}. Readers of transactions never reach the end of a log: '
            "a marker stands there. Of several globs that match, the largest number counts."
        ),
    )
    shards = models.PositiveSmallIntegerField(
        default=1,
        db_default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_SHARDS)],
        help_text=(
            "Into how many parts to cut each tick, by a hash of the groups' names. Workers sample "
            "them side by side, each with its own connections and memory. 1 suffices for about a "
            "million group-partitions."
        ),
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        permissions = [("edit_connections", "Can edit clusters and outbox sources")]

    def __str__(self) -> str:
        return self.name


class ClusterState(models.Model):
    """What the last ticks found of a cluster. Written by sampling only, so no form races it.

    Of several shards, `sampled_at` is the newest slot in which each of them was done.

    `not_told` lists what this broker does not tell, as codes that pages turn into words:
    `members`, `group_state`, `timestamps`, `configs`, `topic_ids`, `transactions`,
    `log_sizes`. `adapter` is the client that read it: `bulk`, or `confluent` with the reason in
    `why_not_bulk`.

    `widened_to_seconds` is the interval in force where ticks take longer than the asked one, null
    where that is kept; since when and why it last changed stands beside it.
    `noted_interval_seconds` is the one that the last tick went by, null before the first: a tick
    that finds another in force writes an `IntervalChange`.

    `left_out_groups` and `left_out_topics` are how many the cluster's patterns leave out of what
    its brokers list, without Kafka's own topics; null before the first tick.
    """

    cluster = models.OneToOneField(Cluster, models.CASCADE, primary_key=True, related_name="state")
    kafka_cluster_id = models.CharField(max_length=100, blank=True, default="")
    broker_count = models.PositiveIntegerField(null=True)
    sampled_at = models.DateTimeField(null=True)
    previous_sampled_at = models.DateTimeField(null=True)
    listing_is_complete = models.BooleanField(default=True)
    unreachable_since = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True, default="")
    not_told = models.JSONField(default=list)
    adapter = models.CharField(max_length=20, blank=True, default="")
    why_not_bulk = models.TextField(blank=True, default="")
    widened_to_seconds = models.PositiveIntegerField(null=True)
    interval_since = models.DateTimeField(null=True)
    interval_reason = models.TextField(blank=True, default="")
    noted_interval_seconds = models.PositiveIntegerField(null=True)
    left_out_groups = models.PositiveIntegerField(null=True)
    left_out_topics = models.PositiveIntegerField(null=True)

    def __str__(self) -> str:
        return f"state of {self.cluster_id}"
