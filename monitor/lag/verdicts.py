"""What a tick says of each group."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.kafka.names import unescape
from monitor.kafka.ports import ListedGroup
from monitor.lag.memory import ClusterMemory
from monitor.lag.reason import Facts, sentence
from monitor.lag.slow import member_count
from monitor.lag.totals import Totals
from monitor.models import Group
from monitor.values import Status

_NOT_LISTED = ListedGroup("", "", "")


@dataclass(frozen=True, slots=True)
class GroupVerdict:
    """One group in this tick; None is unknown. `lag` is of the known partitions only."""

    id: int
    name: str
    state: str
    kind: str
    members: int | None
    status: Status
    status_since: datetime
    status_before: Status
    reason: str
    lag: int | None
    lag_max: int | None
    time_lag_seconds: float | None
    partitions: int
    unknown_partitions: int
    produced_per_second: float | None
    consumed_per_second: float | None
    is_new: bool

    @property
    def has_turned(self) -> bool:
        """Whether its status changed; a first sight is no change."""
        return not self.is_new and self.status is not self.status_before


def verdicts(
    names: Sequence[str],
    found: Totals,
    about: Sequence[Facts],
    listed: Sequence[ListedGroup],
    memory: ClusterMemory,
    slot_at: datetime,
) -> tuple[GroupVerdict, ...]:
    """In the order of `names`."""
    by_name = {group.name: group for group in listed}
    return tuple(
        _verdict(name, index, found, about[index], by_name.get(name, _NOT_LISTED), memory, slot_at)
        for index, name in enumerate(names)
    )


def stored_verdict(group: Group) -> GroupVerdict:
    """The verdict of the last tick that the group was part of."""
    status = Status(group.status)
    return GroupVerdict(
        id=group.pk,
        name=unescape(group.name, is_escaped=group.name_is_escaped),
        state=group.state,
        kind=group.protocol_type,
        members=group.member_count,
        status=status,
        status_since=group.status_since,
        status_before=status,
        reason=group.status_reason,
        lag=group.lag,
        lag_max=group.lag_max,
        time_lag_seconds=group.time_lag_seconds,
        partitions=group.partitions,
        unknown_partitions=group.unknown_partitions,
        produced_per_second=group.produced_per_second,
        consumed_per_second=group.consumed_per_second,
        is_new=False,
    )


def _verdict(
    name: str,
    index: int,
    found: Totals,
    about: Facts,
    group: ListedGroup,
    memory: ClusterMemory,
    slot_at: datetime,
) -> GroupVerdict:
    known = memory.roster.groups[name]
    has_turned = known.is_new or about.status is not known.status
    return GroupVerdict(
        id=known.id,
        name=name,
        state=group.state,
        kind=group.kind,
        members=member_count(name, group.has_members, memory),
        status=about.status,
        status_since=slot_at if has_turned else known.status_since,
        status_before=known.status,
        reason=sentence(about),
        lag=_whole(found.lag[index]),
        lag_max=_whole(found.lag_max[index]),
        time_lag_seconds=known_or_none(found.time_lag_seconds[index]),
        partitions=int(found.partitions[index]),
        unknown_partitions=int(found.unknown[index]),
        produced_per_second=known_or_none(found.produced[index]),
        consumed_per_second=known_or_none(found.consumed[index]),
        is_new=known.is_new,
    )


def known_or_none(value: float) -> float | None:
    """NaN is how a column says unknown."""
    return None if value != value else round(float(value), 3)  # true for NaN only


def _whole(value: int) -> int | None:
    return None if value < 0 else int(value)
