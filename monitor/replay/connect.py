"""From a cluster's row to the ports that replays act through. Clients live as long as one step."""

from collections.abc import Iterator
from contextlib import contextmanager

from monitor.kafka.confluent.copier import ConfluentCopier
from monitor.kafka.confluent.offsets import ConfluentOffsets
from monitor.kafka.properties import client_properties
from monitor.kafka.replay_ports import Copier, CopyOrder, ReplayOffsets
from monitor.models import Cluster, ClusterState

_TELL_ACTIVITY = {"members", "group_state"}


@contextmanager
def offsets_of(cluster: Cluster) -> Iterator[ReplayOffsets]:
    """Raises ConfigurationError where the cluster's properties cannot be used."""
    offsets = ConfluentOffsets(client_properties(cluster.bootstrap_servers, cluster.properties))
    try:
        yield offsets
    finally:
        offsets.close()


@contextmanager
def copier_of(cluster: Cluster, order: CopyOrder) -> Iterator[Copier]:
    """Raises ConfigurationError where the cluster's properties cannot be used."""
    copier = ConfluentCopier(
        client_properties(cluster.bootstrap_servers, cluster.properties), order
    )
    try:
        yield copier
    finally:
        copier.close()


def tells_members(cluster: Cluster) -> bool:
    """Whether sampling found nothing that would make an empty member list a lie."""
    state = ClusterState.objects.filter(cluster=cluster).first()
    return state is None or not _TELL_ACTIVITY & set(state.not_told)
