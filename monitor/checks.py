"""What must be right before a process starts; each check has an id, a sentence and a hint.

`manage.py` runs them before its commands, `stop_on_errors` does so for the processes that start
without it. `highwater.E001`, a setting that cannot be read, stands in `dashboard.env`.
"""

import ipaddress
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register, run_checks
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.utils import OperationalError

from monitor.errors import ConfigurationError
from monitor.kafka.properties import bootstrap_problems
from monitor.outboxes.connections import check_reference

SECRET_KEY_MIN_CHARACTERS = 50
SECRET_KEY_MIN_DIFFERENT = 5
POSTGRES_MIN_VERSION = 15


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is looked at. Ids with E stop the start, those with W do not."""

    id: str
    sentence: str
    hint: str

    def found(self, detail: str = "") -> list[CheckMessage]:
        """The message, with what was found where the sentence alone would not tell."""
        text = f"{self.sentence} {detail}".strip()
        kind = Error if self.id.split(".")[1].startswith("E") else Warning
        return [kind(text, hint=self.hint, id=self.id)]


SECRET_KEY = Check(
    "highwater.E002",
    "SECRET_KEY is missing, too short or too simple.",
    "Set SECRET_KEY, or SECRET_KEY_FILE, to 50 random characters or more, for example the output "
    "of: python -c 'import secrets; print(secrets.token_urlsafe(50))'",
)
POSTGRES_VERSION = Check(
    "highwater.E003",
    f"Postgres is older than version {POSTGRES_MIN_VERSION}.",
    "Point DATABASE_URL to a newer server.",
)
SECRETS_DIR = Check(
    "highwater.E004",
    "HIGHWATER_SECRETS_DIR is no folder that this process may enter.",
    "Create it for the account that runs Highwater, or leave the setting empty.",
)
FIRST_CLUSTER = Check(
    "highwater.E005",
    "HIGHWATER_KAFKA is no list of brokers.",
    "Write host:port, comma separated, or leave it empty.",
)
FIRST_OUTBOX = Check(
    "highwater.E006",
    "HIGHWATER_DEMO_OUTBOX names no DSN.",
    "Set it to env:HIGHWATER_SECRET_NAME or file:NAME, and that to a DSN; or leave it empty.",
)
SECRETS_DIR_IS_OPEN = Check(
    "highwater.W001",
    "Every account of this machine may read HIGHWATER_SECRETS_DIR.",
    "Close it with: chmod o-rwx FOLDER",
)
PLAIN_HTTP = Check(
    "highwater.W002",
    "Highwater listens beyond this machine, and HIGHWATER_BASE_URL is not https.",
    "Put a proxy that speaks TLS in front, and set HIGHWATER_BASE_URL to its https address.",
)
DECLARED = (
    SECRET_KEY,
    POSTGRES_VERSION,
    SECRETS_DIR,
    FIRST_CLUSTER,
    FIRST_OUTBOX,
    SECRETS_DIR_IS_OPEN,
    PLAIN_HTTP,
)


@register(Tags.security)
def secret_key_is_strong(**_registry: Any) -> list[CheckMessage]:
    try:
        key = settings.SECRET_KEY
    except ImproperlyConfigured:  # Django's own words for an empty one
        key = ""
    is_strong = len(key) >= SECRET_KEY_MIN_CHARACTERS and len(set(key)) >= SECRET_KEY_MIN_DIFFERENT
    return [] if is_strong else SECRET_KEY.found()


@register(Tags.database)
def postgres_is_new_enough(
    *, databases: Sequence[str] | None = None, **_registry: Any
) -> list[CheckMessage]:
    """Silent while Postgres does not answer: that passes, and pages say so meanwhile."""
    if DEFAULT_DB_ALIAS not in (databases or ()):
        return []
    try:
        with connection.cursor():
            version = connection.pg_version // 10_000  # type: ignore[attr-defined]  # of this backend
    except OperationalError:
        return []
    return [] if version >= POSTGRES_MIN_VERSION else POSTGRES_VERSION.found(f"It is {version}.")


@register(Tags.security)
def secrets_folder_is_closed(**_registry: Any) -> list[CheckMessage]:
    if not settings.HIGHWATER_SECRETS_DIR:
        return []
    folder = Path(settings.HIGHWATER_SECRETS_DIR)
    try:
        list(folder.iterdir())
    except OSError:
        return SECRETS_DIR.found()
    return SECRETS_DIR_IS_OPEN.found() if folder.stat().st_mode & stat.S_IRWXO else []


@register()
def first_rows_can_be_made(**_registry: Any) -> list[CheckMessage]:
    messages: list[CheckMessage] = []
    if settings.HIGHWATER_KAFKA and bootstrap_problems(settings.HIGHWATER_KAFKA):
        messages += FIRST_CLUSTER.found()
    if settings.HIGHWATER_DEMO_OUTBOX:
        try:
            check_reference(settings.HIGHWATER_DEMO_OUTBOX)
        except ConfigurationError as problem:
            messages += FIRST_OUTBOX.found(str(problem))
    return messages


@register(Tags.security)
def others_reach_it_by_https_only(**_registry: Any) -> list[CheckMessage]:
    if _is_loopback(settings.HIGHWATER_BIND) or settings.HIGHWATER_BASE_URL.startswith("https:"):
        return []
    return PLAIN_HTTP.found()


def stop_on_errors() -> None:
    """End the process, with ids and hints, when a check finds an error. Needs Django set up.

    Returns while Postgres does not answer.
    """
    found = [*run_checks(), *postgres_is_new_enough(databases=[DEFAULT_DB_ALIAS])]
    errors = [message for message in found if message.is_serious() and not message.is_silenced()]
    if errors:
        lines = [f"({message.id}) {message.msg}\n    HINT: {message.hint}" for message in errors]
        raise SystemExit("Highwater cannot start; settings are wrong:\n" + "\n".join(lines))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
