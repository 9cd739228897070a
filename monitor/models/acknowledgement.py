"""Losses that an operator has acknowledged."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from monitor.models.catalogue import GroupTopic


class LossAcknowledgement(models.Model):
    """Who said that the lost records of a group's topic are known, and up to where they were lost.

    `offsets` is indexed by partition: records before it no longer count as lost to the group. A
    NULL element, or none, acknowledges nothing. All of the topic that had `kafka_topic_id`: of one
    made anew they say nothing. The row goes once the group has committed past all of them.

    `lost_records`, `acknowledged_by`, `acknowledged_at` and `reason` are of the last time.
    """

    group_topic = models.OneToOneField(
        GroupTopic, models.CASCADE, primary_key=True, related_name="acknowledgement"
    )
    offsets = ArrayField(models.BigIntegerField(null=True))
    kafka_topic_id = models.CharField(max_length=50, blank=True, default="")
    lost_records = models.BigIntegerField()
    acknowledged_at = models.DateTimeField()
    acknowledged_by = models.CharField(max_length=150)
    reason = models.TextField()

    def __str__(self) -> str:
        return f"losses of {self.group_topic_id}, acknowledged by {self.acknowledged_by}"
