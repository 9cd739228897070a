"""When a cluster came to be sampled at another interval than before."""

from django.db import models

from monitor.models.cluster import Cluster


class IntervalChange(models.Model):
    """From the tick of `at` on, the next one comes after `seconds`; up to it, `before_seconds`."""

    cluster = models.ForeignKey(Cluster, models.CASCADE, related_name="interval_changes")
    at = models.DateTimeField()
    before_seconds = models.PositiveIntegerField()
    seconds = models.PositiveIntegerField()

    class Meta:
        ordering = ["at", "id"]
        indexes = [
            # A chart's range: what its points' distances are held against.
            models.Index(fields=["cluster", "at"], name="interval_of_range"),
        ]

    def __str__(self) -> str:
        return f"every {self.seconds} s from {self.at:%H:%M:%S} on"
