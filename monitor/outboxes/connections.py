"""Connections to other services' databases: read-only, short, and silent about their DSN."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from monitor.errors import ConfigurationError, SourceUnreachableError
from monitor.secrets import resolve

CONNECT_TIMEOUT_SECONDS = 3
STATEMENT_TIMEOUT_MS = 2_000
LOCK_TIMEOUT_MS = 500
IDLE_TIMEOUT_MS = 5_000

_SAFE_SESSION = " ".join(
    [
        "-c default_transaction_read_only=on",
        f"-c statement_timeout={STATEMENT_TIMEOUT_MS}",
        f"-c lock_timeout={LOCK_TIMEOUT_MS}",
        f"-c idle_in_transaction_session_timeout={IDLE_TIMEOUT_MS}",
        "-c client_encoding=UTF8",
    ]
)

# What libpq says holds hosts, users and, after a mistyped DSN, parts of a password. So its words
# choose one of our sentences and are never repeated. First match wins.
_SENTENCES = (
    (
        "authentication failed",
        "it refuses the user or password: check the DSN behind the reference",
    ),
    ("no password supplied", "it wants a password: put one into the DSN behind the reference"),
    ("no pg_hba.conf entry", "its pg_hba.conf does not let this host in: add an entry"),
    ('database "', "it has no such database: check the DSN behind the reference"),
    ('role "', "it has no such user: check the DSN behind the reference"),
    ("resolve host", "its host name is not known: check the DSN behind the reference"),
    ("SSL", "TLS could not be agreed on: check sslmode in the DSN behind the reference"),
    ("refused", "nothing listens at its address: is it running?"),
    ("timeout", f"it did not answer within {CONNECT_TIMEOUT_SECONDS} s"),
    ("too many", "it has no free connection: raise max_connections or close some"),
    ("starting up", "it is starting"),
    ("shutting down", "it is shutting down"),
)


@contextmanager
def connect(dsn_reference: str) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """One autocommit connection for one probe; blocks at most its time limits.

    Raises SecretNotFoundError or ConfigurationError for a bad reference or DSN, and
    SourceUnreachableError when the database does not answer, then or later. None shows the DSN.
    """
    parameters = _parameters(resolve(dsn_reference))
    try:
        with psycopg.connect("", autocommit=True, **parameters) as connection:
            yield connection
    except psycopg.Error as problem:
        raise SourceUnreachableError(sentence(problem)) from None


def check_reference(dsn_reference: str) -> None:
    """Resolve and parse without connecting. Raises SecretNotFoundError or ConfigurationError."""
    _parameters(resolve(dsn_reference))


def sentence(problem: psycopg.Error) -> str:
    """What failed and what to do, without a word of the driver's own message."""
    if isinstance(problem, psycopg.errors.QueryCanceled | psycopg.errors.LockNotAvailable):
        return (
            f"The outbox's database took longer than {STATEMENT_TIMEOUT_MS} ms over one question: "
            "does its table have the index of pending rows, and who locks it?"
        )
    if isinstance(problem, psycopg.errors.UndefinedTable | psycopg.errors.InvalidSchemaName):
        return "The outbox's database has no such table: check the name, with its schema."
    if isinstance(problem, psycopg.errors.UndefinedColumn):
        return "The outbox table lacks a column of the toolkit's outbox: migrate its service."
    if isinstance(problem, psycopg.errors.InsufficientPrivilege):
        return "The outbox's database forbids the reading: GRANT SELECT on the table to this user."
    words = str(problem)
    for sign, meaning in _SENTENCES:
        if sign in words:
            return f"The outbox's database cannot be reached: {meaning}."
    return "The outbox's database cannot be read; its own log says why."


def _parameters(dsn: str) -> dict[str, Any]:
    try:
        given = conninfo_to_dict(dsn)
    except psycopg.Error:
        raise ConfigurationError(
            "The DSN behind the reference cannot be read: write "
            "postgresql://user:password@host:port/database, with special characters as %XX."
        ) from None
    # Ours come last, for the last one of a name wins.
    options = f"{given.get('options', '')} {_SAFE_SESSION}".strip()
    return {
        **given,
        "options": options,
        "connect_timeout": CONNECT_TIMEOUT_SECONDS,
        "application_name": "highwater",
    }
