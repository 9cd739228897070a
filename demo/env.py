"""The shop's settings from the environment; a wrong one ends the process with a sentence."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

MOST_EVENTS_PER_SECOND = 10_000


@dataclass(frozen=True, slots=True)
class Environment:
    """What the shop is told from outside."""

    database_url: str
    bootstrap_servers: str
    events_per_second: float
    search_stays_away: bool
    prefix: str


def read(environ: Mapping[str, str]) -> Environment:
    """Raises ValueError, naming the variable and what it may be."""
    return Environment(
        database_url=_required(environ, "DEMO_DATABASE_URL", "the shop's own Postgres database"),
        bootstrap_servers=_required(environ, "HIGHWATER_KAFKA", "the broker, as host:port"),
        events_per_second=_rate(environ.get("HIGHWATER_DEMO_RATE") or "50"),
        search_stays_away=_search(environ.get("HIGHWATER_DEMO_SEARCH") or "visits") == "stopped",
        prefix=_prefix(environ.get("HIGHWATER_DEMO_PREFIX", "")),
    )


def load() -> Environment:
    """The process's settings; a bad one ends the process with its sentence, not a traceback."""
    try:
        return read(os.environ)
    except ValueError as problem:
        raise SystemExit(f"The demo shop cannot start: {problem}") from None


def _required(environ: Mapping[str, str], name: str, meaning: str) -> str:
    value = environ.get(name, "").strip()
    if not value:
        raise ValueError(f"{name} is not set; it names {meaning}.")
    return value


def _rate(text: str) -> float:
    problem = ValueError(
        f"HIGHWATER_DEMO_RATE is {text!r}; it must be a number of events per second "
        f"from 0 to {MOST_EVENTS_PER_SECOND}."
    )
    try:
        rate = float(text)
    except ValueError:
        raise problem from None
    # Not `rate < 0 or rate > ...`: that would let NaN pass.
    if not 0 <= rate <= MOST_EVENTS_PER_SECOND:
        raise problem
    return rate


def _search(text: str) -> str:
    if text not in ("visits", "stopped"):
        raise ValueError(f"HIGHWATER_DEMO_SEARCH is {text!r}; it must be visits or stopped.")
    return text


def _prefix(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._-]{0,100}", text):
        raise ValueError(
            f"HIGHWATER_DEMO_PREFIX is {text!r}; it may hold letters, digits, dots and hyphens."
        )
    return text
