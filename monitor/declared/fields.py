"""What a table of `highwater.toml` may say: each key with the check of its value."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Model

from monitor.errors import ConfigurationError
from monitor.kafka.properties import bootstrap_problems, property_problems
from monitor.models import Cluster, OutboxSource
from monitor.outboxes.connections import check_reference
from monitor.outboxes.queries import table
from monitor.patterns import PATTERN_FIELDS, allowance_problems, pattern_problems
from monitor.shards import MOST_SHARDS

Check = Callable[[Any], list[str]]
INTERVAL_SECONDS = (1, 3600)


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of row: its table in the file, its model, its prefix in the audit trail.

    A key that a table leaves out has its value from `defaults`; one that is there in neither is
    missing. A check returns what is wrong with a value, a sentence each, never the value itself.
    """

    table: str
    model: type[Cluster] | type[OutboxSource]
    prefix: str
    checks: Mapping[str, Check]
    defaults: Mapping[str, Any]


def _text(model: type[Model], name: str) -> Check:
    field: Any = model._meta.get_field(name)
    longest: int = field.max_length

    def check(value: object) -> list[str]:
        if isinstance(value, str) and 0 < len(value.strip()) <= longest and "\0" not in value:
            return []
        return [f"must be text of 1 to {longest} characters."]

    return check


def _flag(value: object) -> list[str]:
    return [] if isinstance(value, bool) else ["must be true or false."]


def _interval(value: object) -> list[str]:
    low, high = INTERVAL_SECONDS
    # A bool is an int too.
    is_right = value is None or (type(value) is int and low <= value <= high)
    return [] if is_right else [f"must be a whole number from {low} to {high}."]


def _shards(value: object) -> list[str]:
    is_right = type(value) is int and 1 <= value <= MOST_SHARDS
    return [] if is_right else [f"must be a whole number from 1 to {MOST_SHARDS}."]


def _environment(value: object) -> list[str]:
    names = Cluster.Environment.values
    return [] if value in names else [f"must be one of {', '.join(names)}."]


def _servers(value: object) -> list[str]:
    if not isinstance(value, str):
        return ["must be text."]
    return [_going_on(problem) for problem in bootstrap_problems(value)]


def _properties(value: object) -> list[str]:
    if not isinstance(value, dict):
        return ["must be a table."]
    if "\0" in "".join(str(each) for pair in value.items() for each in pair):
        return ["must not hold a NUL."]
    return [_going_on(problem) for problem in property_problems(value)]


def _reference(value: object) -> list[str]:
    return _text(OutboxSource, "dsn_reference")(value) or _refused_by(check_reference, str(value))


def _table_name(value: object) -> list[str]:
    return _text(OutboxSource, "table_name")(value) or _refused_by(table, str(value))


def _defaults(model: type[Model], *names: str) -> dict[str, Any]:
    fields: dict[str, Any] = {name: model._meta.get_field(name) for name in names}
    return {name: field.get_default() for name, field in fields.items()}


def _refused_by(parse: Callable[[str], object], value: str) -> list[str]:
    try:
        parse(value)
    except ConfigurationError as problem:
        return [_going_on(str(problem))]
    return []


def _going_on(sentence: str) -> str:
    """A whole sentence, after the name of the key that it is about."""
    return f"is refused: {sentence}"


CLUSTERS = Kind(
    table="clusters",
    model=Cluster,
    prefix="cluster",
    checks={
        "name": _text(Cluster, "name"),
        "bootstrap_servers": _servers,
        "properties": _properties,
        "environment": _environment,
        "sample_interval_seconds": _interval,
        "is_enabled": _flag,
        **dict.fromkeys(PATTERN_FIELDS, pattern_problems),
        "allowed_lags": allowance_problems,
        "shards": _shards,
    },
    defaults=_defaults(
        Cluster,
        *("properties", "environment", "sample_interval_seconds", "is_enabled"),
        *PATTERN_FIELDS,
        "allowed_lags",
        "shards",
    ),
)
OUTBOXES = Kind(
    table="outboxes",
    model=OutboxSource,
    prefix="outbox",
    checks={
        "name": _text(OutboxSource, "name"),
        "dsn_reference": _reference,
        "table_name": _table_name,
        "sample_interval_seconds": _interval,
        "is_enabled": _flag,
    },
    defaults=_defaults(OutboxSource, "table_name", "sample_interval_seconds", "is_enabled"),
)
KINDS = (CLUSTERS, OUTBOXES)
