"""The environments that children get. They hold passwords: never print one."""

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from quickstart.services import Services
from quickstart.state import State, write_private

ROOT = Path(__file__).resolve().parent.parent
# A log that lags behind shows nothing of a crash.
_LOGS = {"PYTHONUNBUFFERED": "1"}


def with_our_python(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment with the programs of our virtual environment first on the path.

    Without the settings module that a shell may name for another Django project: our programs
    would take it for theirs.
    """
    path = os.pathsep.join([str(Path(sys.executable).parent), environ.get("PATH", os.defpath)])
    own = {name: value for name, value in environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    return {**own, "PATH": path}


def product_environment(
    environ: Mapping[str, str], services: Services, *, base_url: str
) -> dict[str, str]:
    """Highwater's, with the shop's outbox as its first one, read without the right to write."""
    return {
        **with_our_python(environ),
        **services.environment(),
        **_LOGS,
        "HIGHWATER_BASE_URL": base_url,
        "HIGHWATER_SECRET_DEMO_OUTBOX": services.shop_reader_dsn(),
        "HIGHWATER_DEMO_OUTBOX": "env:HIGHWATER_SECRET_DEMO_OUTBOX",
    }


def shop_environment(environ: Mapping[str, str], services: Services) -> dict[str, str]:
    """The demo shop's: another program that happens to share the broker."""
    shared = ("DEMO_DATABASE_URL", "HIGHWATER_KAFKA", "HIGHWATER_BROKER_KIND")
    own = {name: services.environment()[name] for name in shared}
    return {**with_our_python(environ), **own, **_LOGS}


def write_shell_file(state: State, environment: Mapping[str, str]) -> Path:
    """A file of mode 0600 that a shell reads with `.`; returns its path."""
    path = state.folder / "environment"
    lines = [f"{name}={shlex.quote(value)}\n" for name, value in environment.items()]
    write_private(path, "".join(lines))
    return path
