"""What can be asked for, checked before any cluster is. Pure.

A request is stored with its plan as JSON, and read back when the plan is run.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from monitor import reasons
from monitor.errors import PlanRefusedError

INTERNAL_PREFIX = "__"
FASTEST_PER_SECOND = 2**31 - 1  # what the replay's row can hold
LONGEST_NAME_BYTES = 2**15 - 1
LAST_MS = 253_402_300_799_999  # 9999-12-31T23:59:59.999Z, the last that a date can say


class RewindTo(StrEnum):
    """Where a rewind leads; the scenarios of `kafka-consumer-groups --reset-offsets`."""

    EARLIEST = "earliest"
    LATEST = "latest"
    OFFSET = "offset"
    DATETIME = "datetime"
    SHIFT_BY = "shift-by"


class Partitioning(StrEnum):
    """KEEP writes to the partition of the same number, KEY to the one that the key hashes to."""

    KEEP = "keep"
    KEY = "key"


class Timestamps(StrEnum):
    """KEEP the records' times, or RENEW them to the time of the copy."""

    KEEP = "keep"
    RENEW = "renew"


@dataclass(frozen=True, slots=True)
class RewindRequest:
    """Move the committed offsets of `group`.

    `topics` maps a topic to its partitions, empty for all of them; without topics it is every
    partition that the group has committed. `offset`, `at` (ISO 8601, UTC where it has no zone) or
    `shift_by` goes with the `to` of that name. `confirm_stopped` is the group's name, typed by
    someone who knows that its consumers are stopped where the broker does not tell.
    """

    group: str
    to: RewindTo
    topics: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    offset: int | None = None
    at: str = ""
    shift_by: int | None = None
    confirm_stopped: str = ""

    @property
    def at_ms(self) -> int:
        return milliseconds(self.at)


@dataclass(frozen=True, slots=True)
class RepublishRequest:
    """Copy records of `topic` to `target` (empty: to the same topic).

    The range begins at `from_offset` or `from_time` (neither: the log start) and ends before
    `to_offset` or `to_time` (neither: the end at plan time). `partitions` empty means all.
    """

    topic: str
    target: str = ""
    partitions: tuple[int, ...] = ()
    from_offset: int | None = None
    to_offset: int | None = None
    from_time: str = ""
    to_time: str = ""
    rate_limit_per_second: int | None = None
    partitioning: Partitioning = Partitioning.KEEP
    timestamps: Timestamps = Timestamps.KEEP

    @property
    def target_topic(self) -> str:
        return self.target or self.topic


def check_rewind(request: RewindRequest) -> None:
    """Raises PlanRefusedError with a sentence that says what to change."""
    _require_name(request.group, "group", field="group")
    for topic, partitions in request.topics.items():
        _require_topic(topic, field="topics")
        _require_partitions(partitions, field="topics")
    needs = {
        RewindTo.OFFSET: ("offset", request.offset is not None),
        RewindTo.DATETIME: ("at", bool(request.at)),
        RewindTo.SHIFT_BY: ("shift_by", request.shift_by is not None),
    }
    given = [name for name, is_given in needs.values() if is_given]
    needed = [needs[request.to][0]] if request.to in needs else []
    if given != needed:
        raise PlanRefusedError(
            f"A rewind to {request.to.value} takes {needed[0] if needed else 'no value'}"
            f"{', not ' + ' and '.join(given) if given else ''}.",
            field=(needed or given)[0],
        )
    if request.offset is not None and request.offset < 0:
        raise PlanRefusedError("The offset must be zero or more.", field="offset")
    if request.at:
        milliseconds(request.at, field="at")


def check_republish(request: RepublishRequest) -> None:
    """Raises PlanRefusedError with a sentence that says what to change."""
    _require_topic(request.topic)
    _require_topic(request.target_topic, field="target" if request.target else "topic")
    _require_partitions(request.partitions)
    if request.rate_limit_per_second is not None and request.rate_limit_per_second <= 0:
        raise PlanRefusedError(
            "The rate limit must be above zero records a second, or left out.",
            field="rate_limit_per_second",
        )
    if (request.rate_limit_per_second or 0) > FASTEST_PER_SECOND:
        raise PlanRefusedError(
            f"The rate limit must be at most {FASTEST_PER_SECOND:,} records a second, or left out.",
            field="rate_limit_per_second",
        )
    if request.from_offset is not None and request.from_time:
        raise PlanRefusedError(
            "Give the beginning as an offset or as a time, not both.", field="from_time"
        )
    if request.to_offset is not None and request.to_time:
        raise PlanRefusedError("Give the end as an offset or as a time, not both.", field="to_time")
    _require_offsets(request.from_offset, request.to_offset)
    _require_times(request.from_time, request.to_time)


def milliseconds(text: str, *, field: str = "") -> int:
    """Epoch milliseconds of an ISO 8601 time; UTC where it names no zone, as Kafka's tool has it.

    Raises PlanRefusedError for anything else, for times that are beyond the year 9999 in UTC, and
    for times before 1970: to Kafka, the timestamps -1 and -2 mean "latest" and "earliest", so such
    a time would skip records instead.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise PlanRefusedError(
            f"{text!r} is not a time; write it like 2026-03-01T12:00:00Z.", field=field
        ) from None
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    epoch_ms = round(zoned.timestamp() * 1000)
    if epoch_ms < 0:
        raise PlanRefusedError(
            f"{text!r} is before 1970; Kafka's records carry no such times.", field=field
        )
    if epoch_ms > LAST_MS:
        raise PlanRefusedError(f"{text!r} is after the year 9999 in UTC.", field=field)
    return epoch_ms


def as_json(request: RewindRequest | RepublishRequest) -> dict[str, Any]:
    return asdict(request)


def rewind_from_json(stored: Mapping[str, Any]) -> RewindRequest:
    """The request that `as_json` wrote."""
    known = _known(RewindRequest, stored)
    topics = {topic: tuple(numbers) for topic, numbers in stored.get("topics", {}).items()}
    return RewindRequest(**{**known, "to": RewindTo(stored["to"]), "topics": topics})


def republish_from_json(stored: Mapping[str, Any]) -> RepublishRequest:
    """The request that `as_json` wrote."""
    known = _known(RepublishRequest, stored)
    return RepublishRequest(
        **{
            **known,
            "partitions": tuple(stored.get("partitions", ())),
            "partitioning": Partitioning(stored.get("partitioning", Partitioning.KEEP)),
            "timestamps": Timestamps(stored.get("timestamps", Timestamps.KEEP)),
        }
    )


def parse_topics(texts: list[str]) -> dict[str, tuple[int, ...]]:
    """`orders` or `orders:0,3`, as Kafka's tool writes them. Raises PlanRefusedError.

    A topic that is named twice means all that either names.
    """
    topics: dict[str, tuple[int, ...]] = {}
    for text in texts:
        name, has_numbers, numbers = text.strip().partition(":")
        more = parse_partitions(numbers, field="topics") if has_numbers else ()
        means_all = not more or topics.get(name) == ()
        topics[name] = () if means_all else tuple(sorted({*topics.get(name, ()), *more}))
    return topics


def parse_partitions(text: str, *, field: str = "partitions") -> tuple[int, ...]:
    """`0,3,7`. Raises PlanRefusedError."""
    try:
        return tuple(sorted({int(number) for number in text.split(",")}))
    except ValueError:
        raise PlanRefusedError(
            f"{text!r} is not a list of partitions; write it like 0,3,7.", field=field
        ) from None


def _known(kind: type[Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    names = {each.name for each in fields(kind)}
    return {name: value for name, value in stored.items() if name in names}


def _require_topic(name: str, *, field: str = "topic") -> None:
    _require_name(name, "topic", field=field)
    if name.startswith(INTERNAL_PREFIX):
        raise PlanRefusedError(
            f"{name} is an internal topic of Kafka; a replay neither reads nor writes those.",
            field=field,
        )


def _require_name(name: str, what: str, *, field: str) -> None:
    if not name:
        raise PlanRefusedError(f"Name the {what}.", field=field)
    if "\0" in name:
        # The client cuts names there, and would act on another group or topic.
        raise PlanRefusedError(
            f"The {what}'s name holds a NUL, which this client cannot carry.", field=field
        )
    if not reasons.is_unicode(name):
        raise PlanRefusedError(f"The {what}'s name is no UTF-8 text.", field=field)
    if len(name.encode()) > LONGEST_NAME_BYTES:
        # The client would call the cluster unreachable.
        raise PlanRefusedError(
            f"The {what}'s name is longer than Kafka's {LONGEST_NAME_BYTES:,} bytes.", field=field
        )


def checked_reason(text: str) -> str:
    """Why it is asked for, without blanks around it. Raises PlanRefusedError."""
    if problem := reasons.problem(text, of="a replay"):
        raise PlanRefusedError(problem, field="reason")
    return text.strip()


def _require_partitions(partitions: tuple[int, ...], *, field: str = "partitions") -> None:
    if any(number < 0 for number in partitions):
        raise PlanRefusedError("Partitions are numbered from zero.", field=field)


def _require_offsets(start: int | None, end: int | None) -> None:
    if (start is not None and start < 0) or (end is not None and end < 0):
        raise PlanRefusedError("Offsets must be zero or more.")
    if start is not None and end is not None and start > end:
        raise PlanRefusedError(
            f"The range ends before it begins: from {start} to {end}.", field="to_offset"
        )


def _require_times(start: str, end: str) -> None:
    start_ms = milliseconds(start, field="from_time") if start else None
    end_ms = milliseconds(end, field="to_time") if end else None
    if start_ms is not None and end_ms is not None and start_ms > end_ms:
        raise PlanRefusedError(
            f"The range ends before it begins: from {start} to {end}.", field="to_time"
        )
