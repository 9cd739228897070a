"""The toolkit's settings: one mapping, `HIGHWATER_EVENTS`, in the service's Django settings.

Every key is a field here, with its default, its check and its sentence; the documentation lists
them. `highwater_events.E001` names what is wrong with them.
"""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any

from django.conf import settings

from highwater_events.errors import HighwaterEventsError
from highwater_events.outbox.draft import TOPIC_NAME

SETTING = "HIGHWATER_EVENTS"


class SettingsError(HighwaterEventsError):
    """The mapping is wrong; `problems` are sentences."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__(f"{SETTING} is wrong: {' '.join(problems)}")


Check = Callable[[Any], bool]


def _key(help: str, must: str, check: Check, *, default: Any = MISSING) -> Any:
    declared = {"help": help, "must": must, "check": check}
    if isinstance(default, dict):
        return field(default_factory=lambda: dict(default), metadata=declared)
    return field(default=default, metadata=declared)


def _whole(low: int, high: int) -> tuple[str, Check]:
    return (
        f"must be a whole number from {low} to {high}",
        lambda value: type(value) is int and low <= value <= high,
    )


def _number(low: float, high: float) -> tuple[str, Check]:
    return (
        f"must be a number from {low:g} to {high:g}",
        lambda value: type(value) in (int, float) and low <= value <= high,
    )


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_topics(value: object) -> bool:
    return isinstance(value, Mapping) and all(
        _is_text(kind) and isinstance(topic, str) and TOPIC_NAME.fullmatch(topic)
        for kind, topic in value.items()
    )


def _is_paths(value: object) -> bool:
    return isinstance(value, Mapping) and all(
        _is_text(name) and isinstance(path, str) and "." in path for name, path in value.items()
    )


_TEXT = ("must be a text that is not empty", _is_text)
_FLAG = ("must be True or False", lambda value: isinstance(value, bool))
_PROPERTIES = ("must be a mapping of librdkafka properties", lambda v: isinstance(v, Mapping))
_TOPICS = ("must map aggregate types to topic names (A-Z a-z 0-9 . _ -, at most 249)", _is_topics)
_PATHS = ("must map consumer names to dotted paths", _is_paths)


@dataclass(frozen=True, slots=True)
class EventsSettings:
    """`HIGHWATER_EVENTS` as read."""

    SOURCE: str = _key(
        "CloudEvents source of this service's events, a URI reference such as `/shop/orders`.",
        *_TEXT,
    )
    BOOTSTRAP_SERVERS: str = _key("Brokers to ask first, `host:port`, comma separated.", *_TEXT)
    BROKER: Mapping[str, Any] = _key(
        "Further librdkafka properties, as for TLS and SASL.", *_PROPERTIES, default={}
    )
    TOPICS: Mapping[str, str] = _key(
        "Topic by aggregate type; what is not in it goes to `outbox.event.<aggregate type>`.",
        *_TOPICS,
        default={},
    )
    SHARDS: int = _key(
        "Shares that keys are divided into, hence the most relays that can work at once. Order"
        " across a change of it holds only where the outbox was empty.",
        *_whole(1, 1024),
        default=16,
    )
    LEASE_SECONDS: float = _key(
        "How long a shard waits for a relay that died.", *_number(2, 3600), default=15
    )
    POLL_SECONDS: float = _key(
        "How long an idle relay waits for a wake-up before it looks by itself.",
        *_number(0.05, 5),
        default=1,
    )
    BATCH: int = _key("Most rows sent in one batch.", *_whole(1, 10_000), default=500)
    NOTIFY: bool = _key(
        "Wake relays by NOTIFY with each commit; without it they find rows by polling.",
        *_FLAG,
        default=True,
    )
    MAX_ATTEMPTS: int = _key(
        "Refusals after which a row is set aside as failed.", *_whole(1, 1_000), default=10
    )
    POISON_BLOCKS_KEY: bool = _key(
        "Whether a failed row keeps later rows of its key waiting until it is dealt with.",
        *_FLAG,
        default=True,
    )
    RETENTION_HOURS: float = _key(
        "How long published rows are kept.", *_number(0, 87_600), default=72
    )

    CONSUMERS: Mapping[str, str] = _key(
        "Consumers by name: dotted paths to a `ConsumerSpec`, for `run_consumer NAME`.",
        *_PATHS,
        default={},
    )
    INBOX_RETENTION_HOURS: float = _key(
        "How long handled messages are remembered; a replay of older records handles them again.",
        *_number(1, 87_600),
        default=720,
    )

    def topic_of(self, aggregate_type: str) -> str:
        """The topic of an aggregate type: mapped, or by the rule of Debezium's event router."""
        return self.TOPICS.get(aggregate_type, f"outbox.event.{aggregate_type}")

    def broker_properties(self) -> dict[str, Any]:
        """What the adapter to the broker needs."""
        return {**self.BROKER, "bootstrap.servers": self.BOOTSTRAP_SERVERS}


def read(mapping: Mapping[str, Any]) -> EventsSettings:
    """The settings in `mapping`; raises SettingsError naming every bad key and what to do."""
    known = {each.name: each for each in fields(EventsSettings)}
    problems = [_unknown(name, known) for name in mapping if name not in known]
    for name, each in known.items():
        if name in mapping:
            if not each.metadata["check"](mapping[name]):
                problems.append(f"{name} {each.metadata['must']}.")
        elif each.default is MISSING and each.default_factory is MISSING:
            problems.append(f"{name} is missing: {each.metadata['help']}")
    if problems:
        raise SettingsError(problems)
    return EventsSettings(**mapping)


def load() -> EventsSettings:
    """The service's settings. Raises SettingsError."""
    mapping = getattr(settings, SETTING, {})
    if not isinstance(mapping, Mapping):
        raise SettingsError([f"{SETTING} must be a mapping."])
    return read(mapping)


def _unknown(name: object, known: Mapping[str, object]) -> str:
    close = difflib.get_close_matches(str(name).upper(), known, n=1)
    hint = f"Did you mean {close[0]}?" if close else f"Known are {', '.join(known)}."
    return f"{name} is not a setting. {hint}"
