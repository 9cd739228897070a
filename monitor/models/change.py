"""Changes of status, each with its reason in words."""

from django.db import models

from monitor.models.catalogue import Group
from monitor.models.cluster import Cluster
from monitor.models.outbox import OutboxSource


class StatusChange(models.Model):
    """A group's, outbox's or cluster's status turned at the sample of `at`.

    A cluster turns between REACHABLE and UNREACHABLE, and RECREATED tells which of its topics were
    deleted and created again (`before` is empty); groups between `Status` values; outboxes
    between OK, WARN and UNKNOWN. Exactly the subject that changed is set beside the cluster.
    """

    at = models.DateTimeField()
    cluster = models.ForeignKey(Cluster, models.CASCADE, null=True, related_name="changes")
    group = models.ForeignKey(Group, models.CASCADE, null=True, related_name="changes")
    source = models.ForeignKey(OutboxSource, models.CASCADE, null=True, related_name="changes")
    before = models.CharField(max_length=12, blank=True, default="")
    after = models.CharField(max_length=12)
    reason = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            # "What happened" on the overview, newest first, and the API's keyset.
            models.Index(fields=["-at", "-id"], name="change_newest"),
            # A group's history and its annotations over a chart's range.
            models.Index(fields=["group", "-at"], name="change_group"),
        ]

    def __str__(self) -> str:
        return f"{self.before} to {self.after}"
