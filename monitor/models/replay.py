"""Replays: a stored plan and its run."""

from django.db import models
from django.db.models import Q

from monitor.models.cluster import Cluster


class Replay(models.Model):
    """A plan, then a run. Moves between states: `monitor.replay.state`.

    `request` is what was asked, `plan` what was found (totals, sentences, warnings, guarantee),
    `plan_hash` binds a run to what its reader saw. People are plain values, so that deleting an
    account leaves the record whole.
    """

    class Verb(models.TextChoices):
        REWIND = "rewind", "Rewind"
        REPUBLISH = "republish", "Republish"

    class State(models.TextChoices):
        PLANNED = "PLANNED", "Planned"
        RUNNING = "RUNNING", "Running"
        PAUSED = "PAUSED", "Paused"
        SUCCEEDED = "SUCCEEDED", "Succeeded"
        FAILED = "FAILED", "Failed"
        CANCELLED = "CANCELLED", "Cancelled"
        EXPIRED = "EXPIRED", "Expired"

    verb = models.CharField(max_length=10, choices=Verb)
    state = models.CharField(max_length=10, choices=State, default=State.PLANNED)
    cluster = models.ForeignKey(Cluster, models.PROTECT, related_name="replays")
    group_name = models.TextField(blank=True, default="")
    topic_name = models.TextField(blank=True, default="")
    target_topic_name = models.TextField(blank=True, default="")
    request = models.JSONField(default=dict)
    plan = models.JSONField(default=dict)
    plan_hash = models.CharField(max_length=64)
    reason = models.TextField()
    rate_limit_per_second = models.PositiveIntegerField(null=True)
    requested_by = models.CharField(max_length=150)
    requested_by_id = models.BigIntegerField(null=True)
    run_by = models.CharField(max_length=150, blank=True, default="")
    planned_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    records_total = models.BigIntegerField(null=True)
    records_done = models.BigIntegerField(default=0)
    records_per_second = models.FloatField(null=True)
    error = models.TextField(blank=True, default="")
    lease_token = models.UUIDField(null=True)
    leased_until = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            # One active replay per group and per topic, whoever presses Run at the same time.
            models.UniqueConstraint(
                fields=["cluster", "group_name"],
                condition=Q(verb="rewind", state__in=["RUNNING", "PAUSED"]),
                name="replay_one_per_group",
            ),
            models.UniqueConstraint(
                fields=["cluster", "topic_name"],
                condition=Q(verb="republish", state__in=["RUNNING", "PAUSED"]),
                name="replay_one_per_topic",
            ),
            models.UniqueConstraint(
                fields=["cluster", "target_topic_name"],
                condition=Q(verb="republish", state__in=["RUNNING", "PAUSED"]),
                name="replay_one_per_target",
            ),
        ]
        indexes = [
            # The sweep each second: runs whose lease ran out, or that wait for their first slice.
            models.Index(
                fields=["leased_until"], name="replay_running", condition=Q(state="RUNNING")
            ),
            # The same sweep: plans that nobody ran in time.
            models.Index(
                fields=["expires_at"], name="replay_expiring", condition=Q(state="PLANNED")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.pk}"


class ReplayPartition(models.Model):
    """One partition of a plan.

    rewind: `before` (null: no commit) and `after` are committed offsets.
    republish: records from `before` up to but without `after`; `position` is the next to copy.
    `note` is `clamped to log start`, `clamped to log end`, `no record that late` or empty.
    """

    replay = models.ForeignKey(Replay, models.CASCADE, related_name="partitions")
    topic_name = models.TextField()
    partition = models.PositiveIntegerField()
    before = models.BigIntegerField(null=True)
    after = models.BigIntegerField()
    log_start = models.BigIntegerField()
    log_end = models.BigIntegerField()
    first_timestamp_ms = models.BigIntegerField(null=True)
    note = models.CharField(max_length=100, blank=True, default="")
    position = models.BigIntegerField(null=True)
    read_back = models.BigIntegerField(null=True)

    class Meta:
        ordering = ["topic_name", "partition"]
        constraints = [
            models.UniqueConstraint(
                fields=["replay", "topic_name", "partition"], name="replay_partition"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic_name}-{self.partition}"
