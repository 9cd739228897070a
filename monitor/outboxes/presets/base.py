"""What every preset says of its table."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Preset:
    """Columns of an outbox table. A row is pending while neither published nor failed.

    `position` grows with each insert; `shard` comes first in the index of pending rows.
    """

    name: str
    checked_against: str
    position: str
    shard: str
    type: str
    created_at: str
    published_at: str
    failed_at: str
