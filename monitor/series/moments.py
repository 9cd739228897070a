"""Moments as whole microseconds since 1970, as blocks hold them. Pure."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(moment: datetime) -> int:
    """Exactly, for a float would round a moment to its neighbour."""
    return (moment - _EPOCH) // _MICROSECOND


def moment(since_1970: int) -> datetime:
    """The moment that so many microseconds lie after 1970 began."""
    return _EPOCH + since_1970 * _MICROSECOND
