"""The live message of one outbox; its fields are those of the API."""

from datetime import datetime

from monitor.broadcast import LiveMessage
from monitor.models import OutboxSource, OutboxState


def outbox_message(
    source: OutboxSource, state: OutboxState, *, at: datetime, previous_at: datetime | None
) -> LiveMessage:
    """What browsers that watch this outbox hear after a tick at `at`."""
    topic = f"outbox.{source.pk}"
    body = {
        "id": source.pk,
        "name": source.name,
        "status": state.status,
        "status_since": state.status_since,
        "status_reason": state.status_reason,
        "depth": state.depth,
        "depth_is_exact": state.depth_is_exact,
        "oldest_age_seconds": state.oldest_age_seconds,
        "failed": state.failed,
        "inserted_per_second": state.inserted_per_second,
        "published_per_second": state.published_per_second,
        "by_type": state.by_type,
        "sampled_at": state.sampled_at,
        "unreachable_since": state.unreachable_since,
        "last_error": state.last_error,
    }
    return LiveMessage(topic=topic, key=topic, at=at, previous_at=previous_at, body=body)
