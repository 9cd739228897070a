"""All metrics of one scrape."""

from collections.abc import Iterator

from django.utils import timezone
from prometheus_client import REGISTRY
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from dashboard.metrics.groups import add_clusters, add_groups
from dashboard.metrics.outboxes import add_outboxes
from dashboard.metrics.replays import add_replays
from dashboard.metrics.series import Freshness, Series
from dashboard.metrics.ticks import add_ticks


class Scrape(Collector):
    """This process's own metrics, then what was last sampled."""

    def collect(self) -> Iterator[Metric]:
        yield from REGISTRY.collect()
        now = timezone.now()
        series, freshness = Series(), Freshness(now)
        add_groups(series, add_clusters(series, freshness), freshness)
        add_outboxes(series, freshness)
        add_ticks(series, now)
        add_replays(series)
        yield from series.collect()
