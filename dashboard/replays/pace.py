"""How long a group will need for what a rewind gives it again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from monitor.models import Group, Replay
from monitor.series.read import group_series

USUAL_OVER = timedelta(hours=6)
POINTS = 120


@dataclass(frozen=True, slots=True)
class Pace:
    records_per_second: float
    seconds: float


def pace(replay: Replay, group: Group, now: datetime) -> Pace | None:
    """At the group's median rate of the last six hours, leaving out when it stood still.

    Null where it was never seen to move, or the plan does not know its records.
    """
    found = group_series(group.pk, start=now - USUAL_OVER, end=now, points=POINTS)
    moving = [rate for rate in found.consumed_per_second if rate]
    if not moving or not replay.records_total:
        return None
    usual = median(moving)
    return Pace(usual, replay.records_total / usual)
