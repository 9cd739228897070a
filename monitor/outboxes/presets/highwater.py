"""The outbox of `highwater_events`, the toolkit that ships with Highwater."""

from monitor.outboxes.presets.base import Preset

HIGHWATER = Preset(
    name="highwater",
    checked_against="highwater_events 0.1",
    position="position",
    shard="shard",
    type="type",
    created_at="created_at",
    published_at="published_at",
    failed_at="failed_at",
)
