"""Topics and groups that sampling has met, with the latest judgement of each group.

Names are hostile bytes: what Postgres cannot store is escaped (`monitor.kafka.names`), and
`name_is_escaped` says so. URLs and channels use our ids, never names.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from monitor.models.cluster import Cluster
from monitor.values import LossBy, Status

STATUS_CHOICES = [(status.value, status.value) for status in Status]
LOSS_CHOICES = [(by.value, by.value) for by in LossBy]


class Topic(models.Model):
    """A topic; `gone_at` is set once metadata lacks it, asked by name too.

    The arrays are its log as of `sampled_at`, indexed by partition; a NULL element is unknown. Null
    and empty where no group reads it, for then nobody asks. `held_since_ms` is since when an open
    transaction holds the stable end back, and `held_by` whose it is, by partition, once it hangs
    (`monitor.lag.producers.Holder`): of the transaction that begins at its `start`, of no other.

    Of an `is_tiered` one, older segments lie elsewhere than on the brokers' disks.

    `recreated_at` is the first tick that met a log with another `kafka_topic_id` than before; what
    was sampled earlier tells nothing of this one.
    """

    cluster = models.ForeignKey(Cluster, models.CASCADE, related_name="topics")
    name = models.TextField()
    name_is_escaped = models.BooleanField(default=False)
    kafka_topic_id = models.CharField(max_length=50, blank=True, default="")
    recreated_at = models.DateTimeField(null=True)
    partition_count = models.PositiveIntegerField(null=True)
    cleanup_policy = models.CharField(max_length=50, blank=True, default="")
    retention_ms = models.BigIntegerField(null=True)
    retention_bytes = models.BigIntegerField(null=True)
    is_tiered = models.BooleanField(db_default=False, default=False)
    sampled_at = models.DateTimeField(null=True)
    log_start = ArrayField(models.BigIntegerField(null=True), default=list)
    log_end = ArrayField(models.BigIntegerField(null=True), default=list)
    stable_end = ArrayField(models.BigIntegerField(null=True), default=list)
    held_since_ms = ArrayField(models.BigIntegerField(null=True), db_default=[], default=list)
    held_by = models.JSONField(db_default={}, default=dict)
    first_seen_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["cluster", "name"], name="topic_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Group(models.Model):
    """A consumer group as of its last sample; written by sampling only.

    `lag` (records) is the sum over the partitions whose lag is known: with `unknown_partitions`
    above zero it is "at least". Null means nothing is known, which is not zero.

    Rates are those of the last minute, and of the last 15.

    `lost_records` were deleted before the group read them, since each commit last moved, without
    those that an operator has acknowledged: at least so many, where it is not known of some
    partitions. Null is not known, and so is 0 where it is not known of all.

    `loss_seconds` after `sampled_at`, retention may delete a record that the group reaches too
    late, at the earliest; null: none is foreseen. `loss_by` is the retention that does it.

    `used_at` is when a commit of it last moved or it was last seen with a member. `status` is what
    held for some ticks; `raw_status` is the last tick's, `raw_ticks` and `astray_ticks` as in
    `monitor.lag.damping`. `last_status` is the one that an ABANDONED group had before.

    `missing_since` is set once a complete listing lacks the group, `gone_at` once the next one does
    too (`monitor.lag.presence`).
    """

    cluster = models.ForeignKey(Cluster, models.CASCADE, related_name="groups")
    name = models.TextField()
    name_is_escaped = models.BooleanField(default=False)
    state = models.CharField(max_length=40, blank=True, default="")
    protocol_type = models.CharField(max_length=40, blank=True, default="")
    assignor = models.CharField(max_length=100, blank=True, default="")
    coordinator = models.CharField(max_length=200, blank=True, default="")
    member_count = models.PositiveIntegerField(null=True)
    members_read_at = models.DateTimeField(null=True)
    status = models.CharField(max_length=12, choices=STATUS_CHOICES, default=Status.UNKNOWN)
    status_since = models.DateTimeField()
    status_reason = models.TextField(blank=True, default="")
    raw_status = models.CharField(max_length=12, choices=STATUS_CHOICES, default=Status.UNKNOWN)
    raw_ticks = models.PositiveSmallIntegerField(default=0)
    astray_ticks = models.PositiveSmallIntegerField(default=0)
    last_status = models.CharField(max_length=12, choices=STATUS_CHOICES, blank=True, default="")
    used_at = models.DateTimeField(null=True)
    lag = models.BigIntegerField(null=True)
    lag_max = models.BigIntegerField(null=True)
    time_lag_seconds = models.FloatField(null=True)
    partitions = models.PositiveIntegerField(default=0)
    unknown_partitions = models.PositiveIntegerField(default=0)
    produced_per_second = models.FloatField(null=True)
    consumed_per_second = models.FloatField(null=True)
    produced_per_second_15m = models.FloatField(null=True)
    consumed_per_second_15m = models.FloatField(null=True)
    lost_records = models.BigIntegerField(null=True)
    loss_seconds = models.FloatField(null=True)
    loss_by = models.CharField(
        max_length=12, choices=LOSS_CHOICES, blank=True, db_default="", default=""
    )
    sampled_at = models.DateTimeField(null=True)
    first_seen_at = models.DateTimeField()
    missing_since = models.DateTimeField(null=True)
    gone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["cluster", "name"], name="group_name"),
        ]
        permissions = [
            ("plan_replay", "Can plan a replay"),
            ("run_replay", "Can run, pause, resume and cancel a replay"),
            ("browse_records", "Can see the payloads of records"),
            ("acknowledge_loss", "Can acknowledge lost records"),
        ]

    def __str__(self) -> str:
        return self.name


class GroupTopic(models.Model):
    """A group reading a topic: the subject of `lag_sample`, with its latest reading.

    `partitions` holds a record per partition, in the form of `monitor.partition_records`. Beside
    the topic's log, which was read in the same tick, they tell the lag.
    """

    group = models.ForeignKey(Group, models.CASCADE, related_name="topics")
    topic = models.ForeignKey(Topic, models.CASCADE, related_name="groups")
    sampled_at = models.DateTimeField(null=True)
    partitions = models.BinaryField(default=b"")
    gone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["group", "topic"], name="group_topic"),
        ]

    def __str__(self) -> str:
        return f"{self.group_id} reads {self.topic_id}"


class CommitTrail(models.Model):
    """What is remembered of the commits of a group's partitions (`monitor.lag.trail`).

    A table of its own, for `GroupTopic` is written at every tick. `form` says how `partitions` is
    to be read.
    """

    group_topic = models.OneToOneField(
        GroupTopic, models.CASCADE, primary_key=True, related_name="trail"
    )
    form = models.PositiveSmallIntegerField()
    partitions = models.BinaryField()

    def __str__(self) -> str:
        return f"trail of {self.group_topic_id}"


class TopicTimeline(models.Model):
    """When a topic's logs had which ends (`monitor.lag.timelines`), as of the tick `stored_at`.

    A table of its own, for `Topic` is written at every tick. `form` says how `points` is to be
    read.
    """

    topic = models.OneToOneField(Topic, models.CASCADE, primary_key=True, related_name="timeline")
    form = models.PositiveSmallIntegerField()
    stored_at = models.DateTimeField()
    points = models.BinaryField()

    def __str__(self) -> str:
        return f"timeline of {self.topic_id}"


class GroupMember(models.Model):
    """A member at the last slower tick. `assignment` maps topic names to partitions."""

    group = models.ForeignKey(Group, models.CASCADE, related_name="members")
    member_id = models.TextField()
    instance_id = models.TextField(blank=True, default="")
    client_id = models.TextField(blank=True, default="")
    host = models.TextField(blank=True, default="")
    assignment = models.JSONField(default=dict)

    class Meta:
        ordering = ["client_id", "member_id"]
        constraints = [
            models.UniqueConstraint(fields=["group", "member_id"], name="group_member"),
        ]

    def __str__(self) -> str:
        return self.client_id or self.member_id
