"""The backlog of each outbox."""

from dashboard.metrics.series import Freshness, Series, timestamp
from monitor.models import OutboxSource
from monitor.series import interval

_COLUMNS = (
    "depth",
    "oldest_age_seconds",
    "failed",
    "inserted_per_second",
    "published_per_second",
    "probe_seconds",
)


def add_outboxes(series: Series, freshness: Freshness) -> None:
    """Of every enabled outbox: what was found lately, or that it cannot be read."""
    sources = OutboxSource.objects.filter(is_enabled=True, state__isnull=False)
    for source in sources.select_related("state"):
        labels, state = (source.name,), source.state
        is_up = freshness.up(state.sampled_at, state.unreachable_since, interval.of(source))
        series.add("highwater_outbox_up", labels, is_up)
        series.add("highwater_outbox_status", (*labels, state.status), None if is_up is None else 1)
        series.add(
            "highwater_outbox_last_sample_timestamp_seconds", labels, timestamp(state.sampled_at)
        )
        if is_up:
            for column in _COLUMNS:
                series.add(f"highwater_outbox_{column}", labels, getattr(state, column))
