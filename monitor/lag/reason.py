"""Why a group has its status, in words with numbers. Pure."""

from math import nan
from typing import NamedTuple

from monitor.values import LossBy, Status


class Facts(NamedTuple):
    """What a sentence about a group needs.

    `affected` partitions of `partitions` have the group's status; `lag` is theirs (records),
    `samples` the shortest of their windows. Then counts of why lag is unknown; how many of them are
    `behind` by more than is allowed; records of theirs that are `lost`, and seconds to the next
    loss (NaN: none foreseen) with what it comes by; how many of them the guard holds back, and
    their longest usual wait; how long nobody has used the group.
    """

    status: Status
    partitions: int
    affected: int
    lag: int
    samples: int
    grew: bool
    unreadable: int = 0
    without_commit: int = 0
    behind: int = 0
    lost: int = 0
    loss_seconds: float = nan
    loss_by: LossBy | None = None
    held_back: int = 0
    usual_gap_ms: int = 0
    unused_ms: int = 0
    problem: str = ""


def sentence(facts: Facts) -> str:
    """One sentence that starts with a capital and ends with a full stop."""
    if facts.status is Status.ABANDONED:
        unused = duration(facts.unused_ms)
        return f"No member is there, and no commit has moved for {unused}."
    if not facts.partitions:
        return f"{_capital(facts.problem)}." if facts.problem else "It has committed nothing."
    if facts.status in _TROUBLES:
        where = "" if facts.affected == facts.partitions == 1 else f"{_of(facts)}: "
        return _capital(f"{where}{_TROUBLES[facts.status](facts)}.")
    if facts.status is Status.UNKNOWN:
        return f"{_of(facts)}: {_unknown_because(facts)}."
    if facts.lag and not facts.behind:
        return f"Caught up: a lag of {_records(facts.lag)} is allowed."
    if facts.lag:
        return f"Lag falls at times, now {_records(facts.lag)}."
    return "Caught up."


def duration(milliseconds: float) -> str:
    """Rounded, in the largest unit of which there are three or more: "90 s", "3 min"."""
    seconds = round(milliseconds / 1000)
    for unit, length in (("days", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 3 * length:
            return f"{round(seconds / length):,} {unit}"
    return f"{seconds:,} s"


def _behind(facts: Facts) -> str:
    if facts.held_back == facts.affected:
        usual = duration(facts.usual_gap_ms)
        return f"{_stalled(facts)}; held back: it usually commits within {usual}"
    how = "grew in each of" if facts.grew else "has not fallen in"
    return f"lag {how} the last {facts.samples} samples, now {_records(facts.lag)}"


def _stalled(facts: Facts) -> str:
    return (
        f"the committed offset has not moved in the last {facts.samples} samples, "
        f"lag {_records(facts.lag)}"
    )


def _stopped(facts: Facts) -> str:
    return f"nobody has committed in the last {facts.samples} samples, lag {_records(facts.lag)}"


def _rewound(facts: Facts) -> str:
    return (
        "the committed offset went back and has not reached again where it was, "
        f"lag {_records(facts.lag)}"
    )


def _truncated(facts: Facts) -> str:
    return "the committed offset lies beyond the log end: the topic was made anew or cut"


def _losing(facts: Facts) -> str:
    if facts.lost:
        unread = "was deleted before it was read"
        if facts.lost > 1:
            unread = "were deleted before they were read"
        return f"{_records(facts.lost)} {unread}, lag {_records(facts.lag)}"
    soon, lag = duration(facts.loss_seconds * 1000), _records(facts.lag)
    by, about = _RETENTIONS[facts.loss_by]
    return f"{by} may delete unread records in {about}{soon} at the earliest, lag {lag}"


_RETENTIONS = {
    None: ("retention", ""),
    LossBy.TIME: ("retention by time", ""),
    LossBy.SIZE: ("retention by size", ""),
    LossBy.ABOUT_SIZE: ("retention by size", "about "),
}


_TROUBLES = {
    Status.WARN: _behind,
    Status.STALL: _stalled,
    Status.STOP: _stopped,
    Status.REWIND: _rewound,
    Status.TRUNCATED: _truncated,
    Status.LOSING: _losing,
}


def _unknown_because(facts: Facts) -> str:
    if facts.unreadable:
        return f"lag is unknown, {facts.problem or 'the partition cannot be read'}"
    if facts.without_commit:
        return "lag is unknown, nothing is committed"
    return "lag cannot be judged yet, there are too few samples"


def _of(facts: Facts) -> str:
    noun = "partition" if facts.partitions == 1 else "partitions"
    return f"{facts.affected:,} of {facts.partitions:,} {noun}"


def _records(count: int) -> str:
    return f"{count:,} record" if count == 1 else f"{count:,} records"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
