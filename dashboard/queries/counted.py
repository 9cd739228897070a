"""Names, for the type checker only, of rows that carry a count beside their columns."""

from typing import TypedDict

from django_stubs_ext import WithAnnotations

from monitor.models import Cluster, Topic


class GroupCount(TypedDict):
    group_count: int


class ClusterCounts(TypedDict):
    group_count: int
    skipped_ticks: int


CountedCluster = WithAnnotations[Cluster, ClusterCounts]
CountedTopic = WithAnnotations[Topic, GroupCount]
