"""Numbers in words, as pages show them. Pure; `static/js/words.js` says the same in the browser.

Unknown is a dash and never a zero. Both are held together by one table of cases in the tests.
"""

from dataclasses import dataclass
from typing import Literal

from monitor.lag.forecast import drain

DASH = "\N{EN DASH}"
MINUTE, HOUR, DAY = 60, 3600, 86_400
KEEPS_UP_SECONDS = 10
KEEPS_UP_SHARE = 0.1


def status_word(status: str | None) -> str:
    return "OK" if status == "OK" else (status or "unknown").capitalize()


def aside(raw_status: str, raw_ticks: int, last_status: str | None) -> str:
    """What stands beside a group's status: the one that it had, and that samples find now."""
    told = [f"It was {status_word(last_status)} before."] if last_status else []
    if raw_ticks:
        samples = "The last sample" if raw_ticks == 1 else f"Each of the last {raw_ticks} samples"
        told.append(f"{samples} found it {status_word(raw_status)}.")
    return " ".join(told)


def count(number: float | None) -> str:
    """8,412,903"""
    return DASH if number is None else f"{round(number):,}"


def left_out(groups: int | None, topics: int | None) -> str:
    """3 topics and 1 group are left out by this cluster's patterns; nothing where none is."""
    numbers = ((topics or 0, "topic"), (groups or 0, "group"))
    parts = [f"{count(number)} {noun}{'s' * (number > 1)}" for number, noun in numbers if number]
    if not parts:
        return ""
    are = "are" if (groups or 0) + (topics or 0) > 1 else "is"
    return f"{' and '.join(parts)} {are} left out by this cluster's patterns"


def compact(number: float) -> str:
    """1.9k: for what moves too fast to be read to the last digit."""
    for size, letter in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if abs(number) >= size:
            return f"{_short(number / size)}{letter}"
    return _short(number)


def rate(per_second: float | None) -> str:
    """4,318 or 0.4, without its unit."""
    if per_second is None:
        return DASH
    return f"{round(per_second):,}" if abs(per_second) >= 10 else _short(per_second)


def quarter(produced: float | None, consumed: float | None) -> str:
    """A group's rates of 15 minutes, beside those of the last one."""
    if produced is None and consumed is None:
        return "15 min: not known yet"
    return f"15 min: {rate(produced)} in, {rate(consumed)} out"


def duration_parts(seconds: float | None) -> list[tuple[str, str]]:
    """Values with their units, the two that matter: [("4", "min"), ("10", "s")]."""
    if seconds is None:
        return []
    if seconds < 10:
        return [(_short(max(0.0, seconds)), "s")]
    whole = int(seconds)
    if whole < MINUTE:
        return [(str(whole), "s")]
    if whole < HOUR:
        return _pair(whole, MINUTE, "min", 1 if whole < 10 * MINUTE else 0, "s")
    if whole < DAY:
        return _pair(whole, HOUR, "h", MINUTE, "min")
    return _pair(whole, DAY, "d", HOUR, "h")


def duration(seconds: float | None) -> str:
    """5 h 41 min"""
    return " ".join(f"{value} {unit}" for value, unit in duration_parts(seconds)) or DASH


@dataclass(frozen=True, slots=True)
class Trend:
    """How fast lag moves: records per second, positive when it grows."""

    per_second: float
    direction: Literal["up", "down", "level"]

    @property
    def text(self) -> str:
        arrow = {"up": "▲", "down": "▼", "level": "="}[self.direction]
        return f"{arrow} {compact(abs(self.per_second))} /s"


def trend(grows_per_second: float | None, shrinks_per_second: float | None) -> Trend | None:
    """Null when either rate is unknown."""
    if grows_per_second is None or shrinks_per_second is None:
        return None
    moves = grows_per_second - shrinks_per_second
    if abs(moves) < 0.05:
        return Trend(0.0, "level")
    return Trend(moves, "up" if moves > 0 else "down")


def outlook(
    waiting: float | None, grows_per_second: float | None, shrinks_per_second: float | None
) -> str:
    """What comes of it if nothing changes.

    Something always waits while records flow: up to ten seconds' work is keeping up, unless it
    grows by more than a tenth of what is worked off.
    """
    if waiting == 0:
        return "caught up"
    moves = trend(grows_per_second, shrinks_per_second)
    if waiting is None or shrinks_per_second is None or moves is None:
        return DASH
    is_little = waiting <= shrinks_per_second * KEEPS_UP_SECONDS
    if is_little and moves.per_second <= shrinks_per_second * KEEPS_UP_SHARE:
        return "keeps up"
    drains = drain(waiting, grows_per_second, shrinks_per_second)
    if drains.seconds is not None:
        return f"drains in {duration(drains.seconds)}"
    return "never at this rate" if moves.direction == "up" else "steady"


def _short(number: float) -> str:
    rounded = round(number, 1)
    if abs(rounded) >= 10 or rounded == int(rounded):
        return f"{rounded:,.0f}"
    return f"{rounded:.1f}"


def _pair(
    whole: int, big: int, big_unit: str, small: int, small_unit: str
) -> list[tuple[str, str]]:
    parts = [(f"{whole // big:,}", big_unit)]
    if small and (rest := whole % big // small):
        parts.append((str(rest), small_unit))
    return parts


_LOSSES = {"time": "by time", "size": "by size", "about_size": "about, by size"}


def lost_note(records: int | None) -> str:
    """How many records are lost; nothing where none is, or none is known."""
    return f"{count(records)} {'record' if records == 1 else 'records'} lost" if records else ""


def loss_note(seconds: float | None, by: str | None = None) -> str:
    """Beside the time until retention may delete unread records."""
    if seconds is None:
        return "none is foreseen"
    return f"{_LOSSES[by]}, at the earliest" if by else "at the earliest"
