"""One sampling pass: its claim, and what it did."""

import uuid

from django.db import models
from django.db.models import Q

from monitor.models.cluster import Cluster
from monitor.models.outbox import OutboxSource


class Tick(models.Model):
    """A claim on one slot of a cluster, or of one of its `shards`, or of an outbox, with a lease.

    `slot_at` is the start of the slot by the database's clock. Still running means CLAIMED with a
    lease that has not run out; a claim whose lease ran out is LOST: a gap, never a reason to wait.
    `worker` is the process that has it. Rates are a cluster's, or its shard's share, since the tick
    before; null where that one is missing.
    """

    class State(models.TextChoices):
        CLAIMED = "CLAIMED"
        DONE = "DONE"
        FAILED = "FAILED"
        LOST = "LOST"
        SKIPPED = "SKIPPED"

    cluster = models.ForeignKey(Cluster, models.CASCADE, null=True, related_name="ticks")
    source = models.ForeignKey(OutboxSource, models.CASCADE, null=True, related_name="ticks")
    slot_at = models.DateTimeField()
    shard = models.SmallIntegerField(default=0)
    shards = models.SmallIntegerField(db_default=1, default=1)
    worker = models.CharField(max_length=100, blank=True, db_default="", default="")
    token = models.UUIDField(default=uuid.uuid4)
    state = models.CharField(max_length=10, choices=State, default=State.CLAIMED)
    claimed_at = models.DateTimeField()
    leased_until = models.DateTimeField()
    commits_read_at = models.DateTimeField(null=True)
    ends_read_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    read_seconds = models.FloatField(null=True)
    judge_seconds = models.FloatField(null=True)
    store_seconds = models.FloatField(null=True)
    broadcast_seconds = models.FloatField(null=True)
    groups = models.PositiveIntegerField(null=True)
    group_partitions = models.PositiveIntegerField(null=True)
    produced_per_second = models.FloatField(null=True)
    consumed_per_second = models.FloatField(null=True)
    reading_errors = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(cluster=None, source__isnull=False)
                | Q(cluster__isnull=False, source=None),
                name="tick_has_one_subject",
            ),
            # The claim itself: whoever inserts first samples the slot.
            models.UniqueConstraint(fields=["cluster", "slot_at", "shard"], name="tick_cluster"),
            models.UniqueConstraint(fields=["source", "slot_at"], name="tick_source"),
        ]
        indexes = [
            # The sweep and each claim: what of this subject still runs?
            models.Index(
                fields=["leased_until"], name="tick_running", condition=Q(state="CLAIMED")
            ),
        ]

    def __str__(self) -> str:
        return f"tick {self.slot_at:%H:%M:%S} of {self.cluster_id or self.source_id}"
