"""What a tick says of each group."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.kafka.names import unescape
from monitor.kafka.ports import ListedGroup
from monitor.lag.damping import Standing, settle
from monitor.lag.memory import ClusterMemory
from monitor.lag.reason import Facts, sentence
from monitor.lag.roster import KnownGroup
from monitor.lag.slow import member_count
from monitor.lag.totals import Totals
from monitor.models import Group
from monitor.patterns import Allowance
from monitor.values import Status

_NOT_LISTED = ListedGroup("", "", "")


@dataclass(frozen=True, slots=True)
class Rules:
    """What a tick is judged by. A status counts once it held for `status_ticks` ticks in a row;
    `allowed_lag` is what a partition of a group, by its name, may lag and be caught up.
    """

    slot_at: datetime
    interval: timedelta
    status_ticks: int
    abandoned_after: timedelta
    allowed_lag: Allowance


@dataclass(frozen=True, slots=True)
class GroupVerdict:
    """One group in this tick; None is unknown. `lag` is of the known partitions only."""

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
    lag: int | None
    lag_max: int | None
    time_lag_seconds: float | None
    partitions: int
    unknown_partitions: int
    produced_per_second: float | None
    consumed_per_second: float | None
    is_new: bool
    # Of a busy group another one at each tick: no reason to tell anybody.
    used_at: datetime | None = field(default=None, compare=False)

    @property
    def status(self) -> Status:
        return self.standing.status

    @property
    def has_turned(self) -> bool:
        """Whether its status changed; a first sight is no change."""
        return not self.is_new and self.status is not self.status_before


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
    return tuple(
        _verdict(
            _Turned.by(memory.roster.groups[name], about[index], rules, is_used=is_used[index]),
            index,
            found,
            by_name.get(name, _NOT_LISTED),
            name,
            memory,
        )
        for index, name in enumerate(names)
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


@dataclass(frozen=True, slots=True)
class _Turned:
    """What a group is now by what it was."""

    known: KnownGroup
    standing: Standing
    since: datetime
    reason: str
    last_status: str
    used_at: datetime | None

    @classmethod
    def by(cls, known: KnownGroup, about: Facts, rules: Rules, *, is_used: bool) -> "_Turned":
        standing = settle(
            known.standing,
            about.status,
            ticks=rules.status_ticks,
            is_unjudged=known.is_new or known.is_unjudged,
        )
        has_turned = known.is_new or standing.status is not known.status
        # A status that another one is about to follow keeps the reason that it had last.
        is_settled = standing.raw is standing.status
        return cls(
            known=known,
            standing=standing,
            since=rules.slot_at if has_turned else known.status_since,
            reason=sentence(about) if is_settled else known.reason,
            last_status=_last_status(known, standing.status),
            used_at=rules.slot_at if is_used else known.used_at,
        )


def _last_status(known: KnownGroup, status: Status) -> str:
    """What an abandoned group was before; empty for any other."""
    if status is not Status.ABANDONED:
        return ""
    return known.last_status or known.status


def _verdict(
    turned: _Turned,
    index: int,
    found: Totals,
    group: ListedGroup,
    name: str,
    memory: ClusterMemory,
) -> GroupVerdict:
    known = turned.known
    return GroupVerdict(
        id=known.id,
        name=name,
        state=group.state,
        kind=group.kind,
        members=member_count(name, group.has_members, memory),
        standing=turned.standing,
        status_since=turned.since,
        status_before=known.status,
        reason=turned.reason,
        last_status=turned.last_status,
        lag=_whole(found.lag[index]),
        lag_max=_whole(found.lag_max[index]),
        time_lag_seconds=known_or_none(found.time_lag_seconds[index]),
        partitions=int(found.partitions[index]),
        unknown_partitions=int(found.unknown[index]),
        produced_per_second=known_or_none(found.produced[index]),
        consumed_per_second=known_or_none(found.consumed[index]),
        is_new=known.is_new,
        used_at=turned.used_at,
    )


def known_or_none(value: float) -> float | None:
    """NaN is how a column says unknown."""
    return None if value != value else round(float(value), 3)  # true for NaN only


def _whole(value: int) -> int | None:
    return None if value < 0 else int(value)
