"""Every setting of Highwater, declared once: name, default, how it is read, and what it is for.

`docs/settings.md` is made from this table, and compose files are tested against it. A value that
cannot be read stops the start of any process with a check id and a hint.
"""

import ipaddress
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable. `default` is the text that is read where it is not set."""

    name: str
    default: str
    read: Callable[[str], Any]
    help: str
    secret: bool = False


def text(value: str) -> str:
    return value.strip()


def flag(value: str) -> bool:
    words = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    if value.strip().lower() not in words:
        raise ValueError("must be true or false")
    return words[value.strip().lower()]


def whole_number(low: int, high: int) -> Callable[[str], int]:
    def read(value: str) -> int:
        try:
            number = int(value)
        except ValueError:
            raise ValueError(f"must be a whole number from {low} to {high}") from None
        if not low <= number <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return number

    return read


def one_of(*words: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value.strip() not in words:
            raise ValueError(f"must be one of {', '.join(words)}")
        return value.strip()

    return read


def url(*schemes: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        parts = _split(value.strip())
        if parts.scheme not in schemes or not parts.hostname:
            starts = " or ".join(f"{scheme}://" for scheme in schemes)
            raise ValueError(f"must be a URL that starts with {starts}")
        if parts.hostname == "*":
            raise ValueError("must name one host; * would let any site speak for this one")
        return value.strip().rstrip("/")

    return read


def _split(value: str) -> SplitResult:
    """The parts, with a port that can be read. The library's own words would show a password."""
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        raise ValueError(
            "must be a URL with a number as its port; write / # ? @ : of a password as %XX"
        ) from None
    return parts


def optional_url(*schemes: str) -> Callable[[str], str]:
    return lambda value: url(*schemes)(value) if value.strip() else ""


def addresses(value: str) -> str:
    """IP addresses and networks; a name would be compared as text and never match."""
    found = [each.strip() for each in value.split(",")]
    try:
        for each in found:
            ipaddress.ip_network(each)
    except ValueError:
        raise ValueError(
            "must be IP addresses or networks, comma separated; * would let anybody claim any"
        ) from None
    return ",".join(found)


SETTINGS = (
    Setting(
        "DATABASE_URL",
        "postgresql://highwater@127.0.0.1:5432/highwater",
        url("postgresql", "postgres"),
        "Highwater's own Postgres database.",
        secret=True,
    ),
    Setting(
        "REDIS_URL",
        "redis://127.0.0.1:6379/0",
        url("redis", "rediss"),
        "Valkey or Redis: Celery's queues and the websockets' layer. Losing it loses no data.",
        secret=True,
    ),
    Setting(
        "SECRET_KEY",
        "",
        text,
        "Signs sessions and forms; at least 50 characters. `SECRET_KEY_FILE` names a file instead.",
        secret=True,
    ),
    Setting(
        "HIGHWATER_BASE_URL",
        "http://127.0.0.1:8000",
        url("http", "https"),
        "Where people reach Highwater; decides allowed hosts, trusted origins and secure cookies.",
    ),
    Setting(
        "HIGHWATER_BIND",
        "127.0.0.1",
        text,
        "Address that the web process listens on, and a relay or consumer for its own metrics.",
    ),
    Setting("HIGHWATER_PORT", "8000", whole_number(1, 65535), "Port of the web process."),
    Setting(
        "FORWARDED_ALLOW_IPS",
        "127.0.0.1",
        addresses,
        "Proxies (addresses or networks) whose `X-Forwarded-For` names the client, by whose address"
        " failed log-ins and tokens are counted.",
    ),
    Setting(
        "HIGHWATER_KAFKA",
        "",
        text,
        "Bootstrap servers (host:port, comma separated) of the first cluster.",
    ),
    Setting(
        "HIGHWATER_SAMPLE_INTERVAL",
        "10",
        whole_number(1, 3600),
        "Seconds between two samples of a cluster or outbox that sets no interval of its own.",
    ),
    Setting(
        "HIGHWATER_MOST_INTERVAL",
        "60",
        whole_number(1, 3600),
        "Seconds to which the interval of a cluster is widened at most while its ticks take longer"
        " than asked; 1 never widens any.",
    ),
    Setting(
        "HIGHWATER_STATUS_TICKS",
        "2",
        whole_number(1, 100),
        "Samples in a row that must find the same status before a group turns to it, for the better"
        " as for the worse; 1 turns at once. What the last one found is shown beside it.",
    ),
    Setting(
        "HIGHWATER_ABANDONED_AFTER_HOURS",
        "24",
        whole_number(1, 8760),
        "Hours without a member and without a commit that moves, after which a group is ABANDONED.",
    ),
    Setting(
        "HIGHWATER_KEEP_OPEN_HOURS",
        "48",
        whole_number(2, 168),
        "Hours that samples wait to be sealed at most; what cannot be sealed in that time is lost, "
        "with an error in the log. Sealed ones are folded away within hours.",
    ),
    Setting(
        "HIGHWATER_KEEP_BLOCKS_DAYS",
        "30",
        whole_number(1, 3650),
        "Days that every sample is kept.",
    ),
    Setting(
        "HIGHWATER_KEEP_SUMMARIES_DAYS",
        "400",
        whole_number(1, 3650),
        "Days that a summary of each hour is kept; the range picker offers no more.",
    ),
    Setting(
        "HIGHWATER_KEEP_HISTORY_DAYS",
        "90",
        whole_number(7, 3650),
        "Days that status changes are kept, and groups and topics that Kafka has no more.",
    ),
    Setting(
        "HIGHWATER_SECRETS_DIR",
        "",
        text,
        "Folder whose files `file:` references may name; empty forbids them.",
    ),
    Setting(
        "HIGHWATER_METRICS_PER_PARTITION",
        "false",
        flag,
        "Adds one series per partition to /metrics.",
    ),
    Setting(
        "HIGHWATER_METRICS_MAX_PARTITIONS",
        "5000",
        whole_number(0, 1_000_000),
        "Most per-partition series in one scrape; what is over it is counted, not shown.",
    ),
    Setting(
        "HIGHWATER_METRICS_PORT",
        "0",
        whole_number(0, 65535),
        "Port at HIGHWATER_BIND where a relay or consumer serves its own metrics; 0 for none.",
    ),
    Setting(
        "HIGHWATER_LOG_LEVEL", "INFO", one_of("DEBUG", "INFO", "WARNING", "ERROR"), "Log level."
    ),
    Setting("HIGHWATER_LOG_FORMAT", "json", one_of("json", "text"), "Form of a log line."),
    Setting(
        "HIGHWATER_DEMO_OUTBOX",
        "",
        text,
        "Reference (`env:HIGHWATER_SECRET_...` or `file:...`) to the DSN of the first outbox.",
    ),
    Setting(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "",
        optional_url("http", "https"),
        "Collector that traces and metrics are sent to over OTLP/HTTP; empty sends none.",
    ),
)


class Environment:
    """The settings as read. Raises KeyError for a name that no row declares."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = dict(values)

    def __getitem__(self, name: str) -> Any:
        return self._values[name]


def read(environ: Mapping[str, str]) -> Environment:
    """Read all settings; raises ValueError listing every bad one, without showing secrets."""
    values: dict[str, Any] = {}
    problems = []
    for setting in SETTINGS:
        raw = _raw(setting, environ)
        try:
            values[setting.name] = setting.read(raw)
        except ValueError as problem:
            shown = "its value" if setting.secret else repr(raw)
            problems.append(
                f"(highwater.E001) {setting.name}: {shown} {problem}.\n    HINT: {setting.help}"
            )
    if problems:
        raise ValueError("\n".join(problems))
    return Environment(values)


def load() -> Environment:
    """The process's settings; a bad one ends it with its check id, not with a traceback."""
    try:
        return read(os.environ)
    except (ValueError, OSError) as problem:
        raise SystemExit(f"Highwater cannot start; settings are wrong:\n{problem}") from None


def _raw(setting: Setting, environ: Mapping[str, str]) -> str:
    file_name = environ.get(f"{setting.name}_FILE", "") if setting.secret else ""
    if file_name and setting.name not in environ:
        return Path(file_name).read_text().strip()
    return environ.get(setting.name) or setting.default
