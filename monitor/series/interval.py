"""How far apart the ticks of a cluster or an outbox are: as asked, in fact, and over time."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from monitor.models import Cluster, ClusterState, IntervalChange, OutboxSource

Subject = Cluster | OutboxSource


def asked(subject: Subject) -> timedelta:
    """Its own interval, or that of all which have none. Slots are multiples of it."""
    own = subject.sample_interval_seconds
    return timedelta(seconds=own or int(settings.HIGHWATER_SAMPLE_INTERVAL))


def of(subject: Subject) -> timedelta:
    """The interval in force: a cluster whose ticks take long has a wider one than asked.

    Reads the cluster's `state`; select it along where many clusters are asked.
    """
    own = asked(subject)
    state = getattr(subject, "state", None)
    wider = timedelta(seconds=getattr(state, "widened_to_seconds", None) or 0)
    # The asked one may have changed since it was widened, and with it the slots.
    return max(own, -(-wider // own) * own)


@dataclass(frozen=True, slots=True)
class Intervals:
    """Seconds between ticks over a range: `seconds[i]` up to `until[i]` (epoch seconds, rising),
    the last from then on.
    """

    until: list[float]
    seconds: list[float]

    @property
    def least(self) -> float:
        return min(self.seconds)

    @property
    def most(self) -> float:
        return max(self.seconds)

    def at(self, moment: float) -> float:
        """How long after the sample of `moment` (epoch seconds) the next one was due."""
        return self.seconds[bisect_right(self.until, moment)]


def over(subject: Subject, start: datetime, end: datetime) -> Intervals:
    """A range's intervals; one query for a cluster."""
    present = of(subject).total_seconds()
    if isinstance(subject, OutboxSource):
        return Intervals([], [present])
    changes = list(IntervalChange.objects.filter(cluster=subject, at__gte=start))
    pending = _not_noted(subject, end)
    if pending is not None and pending.at >= start:
        changes.append(pending)
    until = [change.at.timestamp() for change in changes if change.at < end]
    seconds: list[float] = [change.before_seconds for change in changes]
    return Intervals(until, [*seconds, present][: len(until) + 1])


def note(cluster: Cluster, slot_at: datetime) -> None:
    """Write down that the tick of `slot_at` goes by another interval than the one before it.

    Whoever changed it: the form, `manage.py apply`, the setting, or how long ticks take. The
    cluster and its `state` are as they were read at the tick's beginning.
    """
    known, seconds = _noted(cluster), int(of(cluster).total_seconds())
    if known == seconds:
        return
    change = _not_noted(cluster, slot_at)
    as_known = ClusterState.objects.filter(cluster=cluster, noted_interval_seconds=known)
    with transaction.atomic():
        # First, for whoever deletes the cluster locks it first too: else one waits for the other.
        is_there = bool(Cluster.objects.select_for_update(no_key=True).filter(pk=cluster.pk))
        if is_there and as_known.update(noted_interval_seconds=seconds) and change is not None:
            change.save(force_insert=True)


def _noted(cluster: Cluster) -> int | None:
    return getattr(getattr(cluster, "state", None), "noted_interval_seconds", None)


def _not_noted(cluster: Cluster, now: datetime) -> IntervalChange | None:
    """The change that the cluster's next tick writes down, as if that were the one of `now`.

    Nobody knows when it was made between two ticks. The time between these is held against the
    wider of both intervals, so that no change makes a gap.
    """
    before, seconds = _noted(cluster), int(of(cluster).total_seconds())
    if before is None or before == seconds:
        return None
    at = cluster.state.sampled_at if seconds > before else None
    return IntervalChange(cluster=cluster, at=at or now, before_seconds=before, seconds=seconds)
