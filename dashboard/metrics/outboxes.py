"""The backlog of each outbox."""

from dashboard.metrics.series import Freshness, Series, timestamp
from monitor.models import OutboxSource

_COLUMNS = (
    "depth",
    "oldest_age_seconds",
    "failed",
    "inserted_per_second",
    "published_per_second",
    "probe_seconds",
)


def add_outboxes(series: Series, freshness: Freshness) -> None:
    """Status of every enabled outbox; numbers while they are fresh and the outbox can be read."""
    sources = OutboxSource.objects.filter(is_enabled=True, state__isnull=False)
    for source in sources.select_related("state"):
        labels, state = (source.name,), source.state
        is_read = state.unreachable_since is None
        series.add("highwater_outbox_up", labels, is_read)
        series.add("highwater_outbox_status", (*labels, state.status), 1)
        series.add(
            "highwater_outbox_last_sample_timestamp_seconds", labels, timestamp(state.sampled_at)
        )
        if is_read and freshness.holds(state.sampled_at, source.sample_interval_seconds):
            for column in _COLUMNS:
                series.add(f"highwater_outbox_{column}", labels, getattr(state, column))
