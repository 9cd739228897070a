"""Why a group has its status, in words with numbers. Pure."""

from dataclasses import dataclass

from monitor.values import Status


@dataclass(frozen=True, slots=True)
class Facts:
    """What a sentence about a group needs.

    `affected` partitions of `partitions` have the group's status; `lag` is theirs (records),
    `samples` the shortest of their windows. Counts of why lag is unknown come last.
    """

    status: Status
    partitions: int
    affected: int
    lag: int
    samples: int
    grew: bool
    unreadable: int = 0
    without_commit: int = 0
    problem: str = ""


def sentence(facts: Facts) -> str:
    """One sentence that starts with a capital and ends with a full stop."""
    if not facts.partitions:
        return f"{_capital(facts.problem)}." if facts.problem else "It has committed nothing."
    if facts.status in _TROUBLES:
        where = "" if facts.affected == facts.partitions == 1 else f"{_of(facts)}: "
        return _capital(f"{where}{_TROUBLES[facts.status](facts)}.")
    if facts.status is Status.UNKNOWN:
        return f"{_of(facts)}: {_unknown_because(facts)}."
    if facts.lag:
        return f"Lag falls at times, now {_records(facts.lag)}."
    return "Caught up."


def _behind(facts: Facts) -> str:
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


_TROUBLES = {
    Status.WARN: _behind,
    Status.STALL: _stalled,
    Status.STOP: _stopped,
    Status.REWIND: _rewound,
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
