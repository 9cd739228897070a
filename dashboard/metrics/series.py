"""Collects series of declared metrics; what is unknown or stale stays absent."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from prometheus_client.metrics_core import GaugeMetricFamily

from dashboard.gauges import BY_NAME

STALE_AFTER_INTERVALS = 3
STALE_AFTER_LEAST = timedelta(seconds=60)


class Series:
    """The series of one scrape. Raises KeyError for a metric that nobody declared."""

    def __init__(self) -> None:
        self._families: dict[str, GaugeMetricFamily] = {}

    def add(self, name: str, labels: tuple[str, ...], value: float | None) -> None:
        """One value; None adds nothing, for unknown is not 0. Labels come in declared order."""
        if value is None:
            return
        family = self._families.get(name)
        if family is None:
            declared = BY_NAME[name]
            family = GaugeMetricFamily(name, declared.help, labels=declared.labels)
            self._families[name] = family
        family.add_metric(labels, float(value))

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield from self._families.values()


@dataclass(frozen=True, slots=True)
class Freshness:
    """Whether a sample still speaks for the present; workers that stand make all of them stale."""

    now: datetime

    def holds(self, sampled_at: datetime | None, interval: timedelta) -> bool:
        if sampled_at is None:
            return False
        return self.now - sampled_at <= max(STALE_AFTER_LEAST, STALE_AFTER_INTERVALS * interval)

    def up(
        self,
        sampled_at: datetime | None,
        unreachable_since: datetime | None,
        interval: timedelta,
    ) -> bool | None:
        """Whether a subject answers; None where nobody looked, or not lately."""
        if unreachable_since is not None:
            return False
        return True if self.holds(sampled_at, interval) else None


def timestamp(moment: datetime | None) -> float | None:
    """Seconds since 1970, or None."""
    return moment.timestamp() if moment else None
