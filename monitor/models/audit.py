"""The audit trail."""

from django.db import models
from django.db.models.functions import Now


class AuditEntry(models.Model):
    """Who did what, when and why. A database trigger forbids UPDATE, DELETE and TRUNCATE.

    Plain values and no foreign keys: the trail outlives accounts, clusters and replays.
    """

    at = models.DateTimeField(db_default=Now())
    actor = models.CharField(max_length=150)
    actor_id = models.BigIntegerField(null=True)
    via = models.CharField(max_length=10)
    action = models.CharField(max_length=40)
    cluster_name = models.CharField(max_length=100, blank=True, default="")
    subject = models.TextField(blank=True, default="")
    replay_id = models.BigIntegerField(null=True)
    plan_hash = models.CharField(max_length=64, blank=True, default="")
    reason = models.TextField(blank=True, default="")
    detail = models.JSONField(default=dict)

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name_plural = "audit entries"
        indexes = [
            # A replay's audit trail on its page and in the API.
            models.Index(fields=["replay_id", "-at"], name="audit_replay"),
        ]

    def __str__(self) -> str:
        return f"{self.action} by {self.actor}"
