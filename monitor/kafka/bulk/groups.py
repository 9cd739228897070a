"""The listing of all groups: every broker tells those that it coordinates."""

from collections.abc import Callable
from typing import Any

from kafka.protocol.admin import ListGroupsRequest

from monitor.errors import ClusterUnreachableError
from monitor.kafka.bulk.connection import Brokers
from monitor.kafka.codes import in_words
from monitor.kafka.ports import GroupListing, ListedGroup

LIST_GROUPS_VERSION = 4  # at least; 5 tells the kind too
# Connect and other users of the group protocol commit no offsets of consumers.
_CONSUMERS = {"", "consumer"}
_KINDS = {"classic", "consumer"}

Placed = Callable[[str, int], None]


def list_groups(brokers: Brokers, placed: Placed) -> GroupListing:
    """Ask all brokers; `placed` is told where each group is.

    One that does not answer makes the listing partial. Raises ClusterUnreachableError if none does.
    """
    groups: dict[str, ListedGroup] = {}
    errors: list[str] = []
    nodes = brokers.ids()

    def take(number: int, answer: Any, code: int) -> None:
        node = nodes[number]
        if code := code or answer.error_code:
            errors.append(f"Broker {node} did not list its groups: {in_words(code)}.")
            return
        for found in answer.groups:
            if found.protocol_type in _CONSUMERS:
                groups[found.group_id] = _listed(found)
                placed(found.group_id, node)

    brokers.ask({node: [(place, _request())] for place, node in enumerate(nodes)}, take)
    if len(errors) == len(nodes):
        raise ClusterUnreachableError(" ".join(errors) or "The cluster has no broker.")
    return GroupListing(tuple(groups.values()), not errors, tuple(errors))


def _listed(found: Any) -> ListedGroup:
    kind = (getattr(found, "group_type", None) or "").lower()
    return ListedGroup(found.group_id, found.group_state or "", kind if kind in _KINDS else "")


def _request() -> Any:
    return ListGroupsRequest(states_filter=[], types_filter=[], min_version=LIST_GROUPS_VERSION)
