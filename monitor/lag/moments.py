"""Moments as whole milliseconds, the unit of windows. Pure."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


def epoch_ms(moment: datetime) -> int:
    """Whole milliseconds since 1970.

    Not by way of a float: that may fall a millisecond short, and ten seconds would be 9,999 ms.
    """
    return (moment - _EPOCH) // MILLISECOND
