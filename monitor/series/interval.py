"""How far apart the ticks of a cluster or an outbox are: as asked, in fact, and over time."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from monitor.models import Cluster, IntervalChange, OutboxSource

Subject = Cluster | OutboxSource


def asked(subject: Subject) -> timedelta:
    """Its own interval, or that of all which have none. Slots are multiples of it."""
    own = subject.sample_interval_seconds
    return timedelta(seconds=own or int(settings.HIGHWATER_SAMPLE_INTERVAL))


def of(subject: Subject) -> timedelta:
    """The interval in force: a cluster whose ticks take long has a wider one than asked.

    Reads the cluster's `state`; select it along where many clusters are asked.
    """
    state = getattr(subject, "state", None)
    wider = getattr(state, "widened_to_seconds", None) or 0
    return max(asked(subject), timedelta(seconds=wider))


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
    until = [change.at.timestamp() for change in changes if change.at < end]
    seconds: list[float] = [change.before_seconds for change in changes]
    return Intervals(until, [*seconds, present][: len(until) + 1])
