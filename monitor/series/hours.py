"""Which hours of a range are sealed, and where the open rows have to be read."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from monitor.series.moments import microseconds
from monitor.series.partitions import BLOCKS, HOUR, OPEN, existing, start_of_hour
from monitor.series.sealed import sealed_columns

Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Hours:
    """Of one range, as of one moment: what is sealed later is read as open rows still."""

    start: datetime
    end: datetime
    sealed: Int64s
    stretches: list[tuple[datetime, datetime]]
    blocks_from: datetime | None

    @property
    def are_blocks_kept(self) -> bool:
        """Whether every sealed hour still has its blocks."""
        return not len(self.sealed) or (
            self.blocks_from is not None and microseconds(self.blocks_from) <= int(self.sealed[0])
        )


def hours_of(start: datetime, end: datetime) -> Hours:
    """Open stretches are cut to the range."""
    sealed = sealed_columns(start_of_hour(start), end)
    stretches: list[tuple[datetime, datetime]] = []
    are_sealed = set(sealed.tolist())
    partitions = existing(OPEN, BLOCKS)
    for hour in partitions.all_of(OPEN):
        if hour + HOUR > start and hour < end and microseconds(hour) not in are_sealed:
            opens, closes = max(hour, start), min(hour + HOUR, end)
            if stretches and stretches[-1][1] == opens:
                opens = stretches.pop()[0]
            stretches.append((opens, closes))
    return Hours(start, end, sealed, stretches, partitions.complete_from(BLOCKS))
