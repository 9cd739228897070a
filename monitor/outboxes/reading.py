"""What one probe of an outbox found, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Counters:
    """Growing numbers of a table, from which two probes make a rate.

    `read_at` is the source's own clock. `position` is the highest seen, `inserted_total` counts
    since `stats_reset_at`; both count inserts, and either may be unknown.
    """

    read_at: datetime
    position: int | None
    inserted_total: int | None
    stats_reset_at: datetime | None


@dataclass(frozen=True, slots=True)
class BacklogReading:
    """One probe. Past the cap, `depth` is an estimate and `by_type` counts a part of the rows.

    `oldest_age_seconds` is 0 where nothing waits, null where it is not known. `published` counts
    rows since the last probe, null where that cannot be told. `failed` is null where more rows
    failed than the probe counts.
    """

    depth: int
    depth_is_exact: bool
    oldest_age_seconds: float | None
    by_type: Mapping[str, int]
    failed: int | None
    published: int | None
    dead_tuples: int | None
    counters: Counters
