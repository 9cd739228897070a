"""What confluent-kafka's objects say, as the port's values."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from confluent_kafka import ConsumerGroupState, ConsumerGroupType, TopicCollection
from confluent_kafka.admin import (  # type: ignore[attr-defined] # documented, not in __all__
    AdminClient,
    ConfigResource,
    ResourceType,
)

from monitor.kafka.codes import INVALID_TOPIC, SILENCE
from monitor.kafka.confluent.futures import TIMED_OUT, answer_of
from monitor.kafka.ports import (
    GroupListing,
    ListedGroup,
    Member,
    Membership,
    PartitionIndex,
    TopicDetail,
)
from monitor.values import MEMBERLESS_STATES

NAMES_A_CALL = 200

_STATES = {
    ConsumerGroupState.PREPARING_REBALANCING: "PreparingRebalance",
    ConsumerGroupState.COMPLETING_REBALANCING: "CompletingRebalance",
    ConsumerGroupState.STABLE: "Stable",
    ConsumerGroupState.DEAD: "Dead",
    ConsumerGroupState.EMPTY: "Empty",
}
_KINDS = {ConsumerGroupType.CONSUMER: "consumer", ConsumerGroupType.CLASSIC: "classic"}
_NOT_CARRIED = re.compile("[\0\ud800-\udfff]")
_NO_TOPIC_ID = "A" * 22  # sixteen zero bytes in base 64


def partition_index(topics: Mapping[str, Any]) -> PartitionIndex:
    """From metadata; a partition that the broker left out counts, without a leader."""
    names = sorted(topics)
    leaders: list[bool] = []
    counts: list[int] = []
    for name in names:
        found = topics[name].partitions
        counts.append(max(found, default=-1) + 1)
        leaders += [number in found and found[number].leader >= 0 for number in range(counts[-1])]
    return PartitionIndex(
        tuple(names), np.array(counts, dtype=np.int32), np.array(leaders, dtype=np.bool_)
    )


def group_listing(listing: Any) -> GroupListing:
    """From a listing; a name that comes twice was cut at NUL, and only one of them is real."""
    groups: dict[str, ListedGroup] = {}
    errors = [str(error) for error in listing.errors]
    for found in listing.valid:
        if found.group_id in groups:
            errors.append(f"A group beside {found.group_id!r} has a name this client cuts short.")
            continue
        groups[found.group_id] = ListedGroup(
            found.group_id, _STATES.get(found.state, ""), _KINDS.get(found.type, "")
        )
    return GroupListing(tuple(groups.values()), not listing.errors, tuple(errors))


def memberships(
    admin: AdminClient, names: Sequence[str], timeout_seconds: float
) -> dict[str, Membership]:
    described = {}
    for some in _slices(_carried(names)):
        futures = admin.describe_consumer_groups(some, request_timeout=timeout_seconds)
        for name, future in futures.items():
            answer, code = answer_of(future, timeout_seconds + 2)
            if not code:
                described[name] = membership(answer)
    return described


def topic_details(
    admin: AdminClient, names: Sequence[str], timeout_seconds: float
) -> dict[str, TopicDetail]:
    details = {}
    for some in _slices(_carried(names)):
        ids = _topic_ids(admin, some, timeout_seconds)
        resources = [ConfigResource(ResourceType.TOPIC, name) for name in some]
        futures = admin.describe_configs(resources, request_timeout=timeout_seconds)
        for resource, future in futures.items():
            answer, code = answer_of(future, timeout_seconds + 2)
            configs = {} if code else {key: entry.value for key, entry in answer.items()}
            details[resource.name] = TopicDetail(
                kafka_topic_id=ids.get(resource.name, ""),
                cleanup_policy=configs.get("cleanup.policy") or "",
                retention_ms=_number(configs.get("retention.ms")),
                retention_bytes=_number(configs.get("retention.bytes")),
                is_tiered=configs.get("remote.storage.enable") == "true",
                has_configs=bool(configs),
            )
    return details


def topic_codes(admin: AdminClient, names: Sequence[str], timeout_seconds: float) -> dict[str, int]:
    """As the port says; after one call without any answer the rest is not asked."""
    codes = dict.fromkeys(names, INVALID_TOPIC)
    carried = _carried(names)
    codes.update(dict.fromkeys(carried, TIMED_OUT))
    for some in _slices(carried):
        # Unlike `list_topics` of one name, this creates no topic where brokers create them.
        futures = admin.describe_topics(TopicCollection(some), request_timeout=timeout_seconds)
        told = {name: answer_of(one, timeout_seconds + 2)[1] for name, one in futures.items()}
        codes.update(told)
        if SILENCE.issuperset(told.values()):
            break
    return codes


def _topic_ids(admin: AdminClient, names: Sequence[str], timeout_seconds: float) -> dict[str, str]:
    ids = {}
    futures = admin.describe_topics(TopicCollection(list(names)), request_timeout=timeout_seconds)
    for name, future in futures.items():
        answer, code = answer_of(future, timeout_seconds + 2)
        topic_id = "" if code else str(answer.topic_id)
        ids[name] = "" if topic_id.startswith(_NO_TOPIC_ID) else topic_id
    return ids


def membership(found: Any) -> Membership:
    """From a group's description."""
    state = _STATES.get(found.state, "")
    members = tuple(_member(member) for member in found.members)
    # A live group without members does not exist: such a broker does not tell them.
    is_told = bool(members) or state in MEMBERLESS_STATES
    coordinator = found.coordinator
    return Membership(
        state=state,
        assignor=found.partition_assignor if is_told and found.partition_assignor else "",
        coordinator=f"{coordinator.host}:{coordinator.port}" if coordinator else "",
        members=members if is_told else None,
    )


def _member(found: Any) -> Member:
    assignment: dict[str, tuple[int, ...]] = {}
    for one in found.assignment.topic_partitions if found.assignment else ():
        assignment[one.topic] = (*assignment.get(one.topic, ()), one.partition)
    return Member(
        member_id=found.member_id,
        instance_id=found.group_instance_id or "",
        client_id=found.client_id or "",
        host=(found.host or "").lstrip("/"),
        assignment={topic: tuple(sorted(numbers)) for topic, numbers in assignment.items()},
    )


def _number(text: str | None) -> int | None:
    try:
        return int(text) if text is not None else None
    except ValueError:
        return None


def _carried(names: Iterable[str]) -> list[str]:
    """The client refuses an empty name, cuts one at NUL, and ends the process at a surrogate."""
    return [name for name in names if name and not _NOT_CARRIED.search(name)]


def _slices(names: Sequence[str]) -> Iterable[list[str]]:
    return (list(names[i : i + NAMES_A_CALL]) for i in range(0, len(names), NAMES_A_CALL))
