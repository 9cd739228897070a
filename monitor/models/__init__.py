"""Highwater's tables: fields, constraints and indexes, no logic.

Sampled time series live in partitioned tables that the ORM does not know; see `monitor.series`.
"""

from monitor.models.acknowledgement import LossAcknowledgement
from monitor.models.audit import AuditEntry
from monitor.models.catalogue import (
    CommitTrail,
    Group,
    GroupMember,
    GroupTopic,
    Topic,
    TopicTimeline,
)
from monitor.models.change import StatusChange
from monitor.models.cluster import Cluster, ClusterState
from monitor.models.interval import IntervalChange
from monitor.models.outbox import OutboxSource, OutboxState
from monitor.models.replay import Replay, ReplayPartition
from monitor.models.tick import Tick
from monitor.models.token import ApiToken

__all__ = [
    "ApiToken",
    "AuditEntry",
    "Cluster",
    "ClusterState",
    "CommitTrail",
    "Group",
    "GroupMember",
    "GroupTopic",
    "IntervalChange",
    "LossAcknowledgement",
    "OutboxSource",
    "OutboxState",
    "Replay",
    "ReplayPartition",
    "StatusChange",
    "Tick",
    "Topic",
    "TopicTimeline",
]
