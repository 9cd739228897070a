"""What a tick says of each group."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from monitor.kafka.names import unescape
from monitor.kafka.ports import Int64s, ListedGroup
from monitor.lag.acknowledged import Acknowledged
from monitor.lag.damping import Standing, settle
from monitor.lag.memory import ClusterMemory
from monitor.lag.reason import Facts, sentence
from monitor.lag.roster import KnownGroup
from monitor.lag.slow import member_count
from monitor.lag.totals import Floats, Totals
from monitor.models import Group
from monitor.patterns import Allowance
from monitor.values import LossBy, Status

_NOT_LISTED = ListedGroup("", "", "")


@dataclass(frozen=True, slots=True)
class Rules:
    """What a tick is judged by. A status counts once it held for `status_ticks` ticks in a row;
    `allowed_lag` is what a partition of a group, by its name, may lag and be caught up;
    `acknowledged` are the losses that operators know of.
    """

    slot_at: datetime
    interval: timedelta
    status_ticks: int
    abandoned_after: timedelta
    allowed_lag: Allowance
    acknowledged: Acknowledged = field(default_factory=Acknowledged)


class GroupVerdict(NamedTuple):
    """One group in this tick; None is unknown. `lag` is of the known partitions only.

    `loss_by` is a `LossBy`, or empty where no loss is foreseen.

    A tuple, as is all that is made anew for each group in each tick: fifty thousand data classes
    that nobody can change take the better part of a second.
    """

    id: int
    name: str
    state: str
    kind: str
    members: int | None
    standing: Standing
    status_since: datetime
    status_before: Status
    reason: str
    last_status: str
    used_at: datetime | None
    lag: int | None
    lag_max: int | None
    time_lag_seconds: float | None
    partitions: int
    unknown_partitions: int
    produced_per_second: float | None
    consumed_per_second: float | None
    produced_per_second_15m: float | None
    consumed_per_second_15m: float | None
    lost_records: int | None
    loss_seconds: float | None
    loss_by: str
    is_new: bool

    @property
    def status(self) -> Status:
        return self.standing.status

    @property
    def has_turned(self) -> bool:
        """Whether its status changed; a first sight is no change."""
        return not self.is_new and self.status is not self.status_before

    @property
    def told(self) -> "GroupVerdict":
        """What makes it worth telling again: no turn, nor when a busy group was last used."""
        return self._replace(status_before=self.status, is_new=False, used_at=None)


def verdicts(
    names: Sequence[str],
    found: Totals,
    about: Sequence[Facts],
    is_used: Sequence[bool],
    listed: Sequence[ListedGroup],
    memory: ClusterMemory,
    rules: Rules,
) -> tuple[GroupVerdict, ...]:
    """In the order of `names`."""
    by_name = {group.name: group for group in listed}
    rows = zip(names, about, is_used, _figures(found), strict=True)
    return tuple(
        _verdict(name, by_name.get(name, _NOT_LISTED), facts, figures, used, memory, rules)
        for name, facts, used, figures in rows
    )


def stored_verdict(group: Group) -> GroupVerdict:
    """The verdict of the last tick that the group was part of."""
    known = KnownGroup.of(group)
    return GroupVerdict(
        id=group.pk,
        name=unescape(group.name, is_escaped=group.name_is_escaped),
        state=group.state,
        kind=group.protocol_type,
        members=group.member_count,
        standing=known.standing,
        status_since=group.status_since,
        status_before=known.status,
        reason=group.status_reason,
        last_status=group.last_status,
        lag=group.lag,
        lag_max=group.lag_max,
        time_lag_seconds=group.time_lag_seconds,
        partitions=group.partitions,
        unknown_partitions=group.unknown_partitions,
        produced_per_second=group.produced_per_second,
        consumed_per_second=group.consumed_per_second,
        produced_per_second_15m=group.produced_per_second_15m,
        consumed_per_second_15m=group.consumed_per_second_15m,
        lost_records=group.lost_records,
        loss_seconds=group.loss_seconds,
        loss_by=group.loss_by,
        is_new=False,
        used_at=group.used_at,
    )


def known_from(group: GroupVerdict, before: KnownGroup) -> KnownGroup:
    """What is known of a group once its verdict is stored."""
    was_unjudged = before.is_new or before.is_unjudged
    return KnownGroup(
        id=group.id,
        standing=group.standing,
        status_since=group.status_since,
        reason=group.reason,
        last_status=group.last_status,
        used_at=group.used_at,
        is_unjudged=was_unjudged and group.status is Status.UNKNOWN,
    )


def _last_status(known: KnownGroup, status: Status) -> str:
    """What an abandoned group was before; empty for any other."""
    if status is not Status.ABANDONED:
        return ""
    return known.last_status or known.status


def _verdict(
    name: str,
    group: ListedGroup,
    about: Facts,
    figures: "_Figures",
    is_used: bool,
    memory: ClusterMemory,
    rules: Rules,
) -> GroupVerdict:
    known = memory.roster.groups[name]
    is_unjudged = known.is_new or known.is_unjudged
    standing = settle(
        known.standing, about.status, ticks=rules.status_ticks, is_unjudged=is_unjudged
    )
    has_turned = known.is_new or standing.status is not known.status
    # A status that another one is about to follow keeps the reason that it had last.
    is_settled = standing.raw is standing.status
    return GroupVerdict(
        known.id,
        name,
        group.state,
        group.kind,
        member_count(name, group.has_members, memory),
        standing,
        rules.slot_at if has_turned else known.status_since,
        known.status,
        sentence(about) if is_settled else known.reason,
        _last_status(known, standing.status),
        rules.slot_at if is_used else known.used_at,
        *figures,
        known.is_new,
    )


class _Figures(NamedTuple):
    """A group's, in the order that a verdict has them."""

    lag: int | None
    lag_max: int | None
    time_lag_seconds: float | None
    partitions: int
    unknown_partitions: int
    produced_per_second: float | None
    consumed_per_second: float | None
    produced_per_second_15m: float | None
    consumed_per_second_15m: float | None
    lost_records: int | None
    loss_seconds: float | None
    loss_by: str


_LOSSES = (*(by.value for by in LossBy), "")  # the last for `NOT_FORESEEN`


def _figures(found: Totals) -> Iterator[_Figures]:
    columns = (
        _whole(found.lag),
        _whole(found.lag_max),
        _known(found.time_lag_seconds),
        found.partitions.tolist(),
        found.unknown.tolist(),
        _known(found.produced),
        _known(found.consumed),
        _known(found.produced_15m),
        _known(found.consumed_15m),
        _whole(found.lost),
        _known(found.loss_seconds),
        [_LOSSES[by] for by in found.loss_by.tolist()],
    )
    return map(_Figures._make, zip(*columns, strict=True))


def known_or_none(value: float) -> float | None:
    """NaN is how a column says unknown."""
    return None if value != value else round(float(value), 3)  # true for NaN only


def _known(column: Floats) -> list[float | None]:
    values: list[float] = column.round(3).tolist()
    return [None if value != value else value for value in values]


def _whole(column: Int64s) -> list[int | None]:
    return [None if value < 0 else value for value in column.tolist()]
