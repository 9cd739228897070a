"""What `manage.py check` says of the toolkit's settings."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, register

from highwater_events import conf


@register()
def settings_are_right(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """highwater_events.E001: a key of HIGHWATER_EVENTS is unknown, missing or wrong."""
    try:
        conf.load()
    except conf.SettingsError as error:
        return [
            Error(problem, hint=f"Correct {conf.SETTING} in settings.", id="highwater_events.E001")
            for problem in error.problems
        ]
    return []
