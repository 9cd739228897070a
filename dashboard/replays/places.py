"""Where a replay leads from and to, in words. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from monitor.replay.requests import RewindTo, milliseconds


@dataclass(frozen=True, slots=True)
class Place:
    """Words, and the moment that follows them where the place is a time."""

    words: str
    moment: datetime | None = None


def aim(asked: Mapping[str, Any]) -> Place:
    """Where the rewind of a stored request leads."""
    match asked.get("to"):
        case RewindTo.EARLIEST:
            return Place("to the log start")
        case RewindTo.LATEST:
            return Place("to the log end")
        case RewindTo.OFFSET:
            return Place(f"to offset {asked['offset']:,}")
        case RewindTo.DATETIME:
            return Place("to", _moment(asked["at"]))
        case RewindTo.SHIFT_BY:
            way = "back" if asked["shift_by"] < 0 else "ahead"
            return Place(f"by {abs(asked['shift_by']):,} records {way}")
    return Place("")


def begin(asked: Mapping[str, Any]) -> Place:
    """Where the range of a stored republish request begins."""
    return _bound(asked, "from", "the log start")


def end(asked: Mapping[str, Any]) -> Place:
    """Where the range of a stored republish request ends."""
    return _bound(asked, "to", "the end at plan time")


def _bound(asked: Mapping[str, Any], side: str, otherwise: str) -> Place:
    offset, time = asked.get(f"{side}_offset"), asked.get(f"{side}_time")
    if offset is not None:
        return Place(f"offset {offset:,}")
    return Place("", _moment(time)) if time else Place(otherwise)


def _moment(text: str) -> datetime:
    return datetime.fromtimestamp(milliseconds(text) / 1000, UTC)
