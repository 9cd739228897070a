"""Which page is made by which module."""

from collections.abc import Callable

from docs.generator import api, checks, commands, metrics, settings, statuses

PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings.page,
    "api.md": api.page,
    "metrics.md": metrics.page,
    "commands.md": commands.page,
    "checks.md": checks.page,
    "statuses.md": statuses.page,
}
