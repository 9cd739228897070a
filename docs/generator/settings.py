"""`docs/settings.md`: of Highwater, of the toolkit, and of the demo and tests."""

from dataclasses import MISSING, Field, fields
from typing import Any

from dashboard.env import SETTINGS, Setting
from docs.generator.markdown import document, section
from highwater_events.conf import EventsSettings

# The demo and the quickstart may not import Highwater, so they declare theirs apart.
OUTSIDE = {
    "HIGHWATER_SECRET_...": "Any name that begins so can be referred to as `env:HIGHWATER_SECRET_"
    "...` by a cluster's property or an outbox's DSN; no other variable can.",
    "HIGHWATER_QUICKSTART_BROKER": "Which broker `make demo` and `make test` start where "
    "HIGHWATER_KAFKA names none: `apache`, or `tansu` to do without Maven. Default: apache where "
    "it can be had.",
    "HIGHWATER_BROKER_KIND": "Set by the quickstart for what it starts: which broker that is.",
    "HIGHWATER_REQUIRE": "For tests: what must be there (`kafka`, `browser`), comma separated; "
    "without it such tests are skipped where it is not.",
    "HIGHWATER_DEMO_RATE": "Events per second that the demo shop writes. Default: 50.",
    "HIGHWATER_DEMO_SEARCH": "`visits`: the demo's group `search` stops now and then; `stopped`: "
    "it stays away. Default: visits.",
    "HIGHWATER_DEMO_PREFIX": "Put before the demo's topics and groups. Default: nothing.",
    "DEMO_DATABASE_URL": "The demo shop's own Postgres database.",
}


def page() -> str:
    return document(
        "Settings",
        "All settings are environment variables, read once at the start. One that cannot be read "
        "stops every process with the check id [highwater.E001](checks.md) and a hint.",
        *(_of_highwater(setting) for setting in SETTINGS),
        section(
            "The toolkit's: HIGHWATER_EVENTS",
            "One mapping in the Django settings of the service that uses `highwater_events`.",
        ),
        *(_of_toolkit(each) for each in fields(EventsSettings)),
        section("Of the quickstart, the demo and the tests", "Environment variables too."),
        *(section(name, help, level=3) for name, help in OUTSIDE.items()),
    )


def _of_highwater(setting: Setting) -> str:
    default = f"Default: `{setting.default}`." if setting.default else "Default: empty."
    secret = f"Secret: never shown; `{setting.name}_FILE` may name a file that holds it."
    return section(setting.name, setting.help, default, secret if setting.secret else "")


def _of_toolkit(key: Field[Any]) -> str:
    declared = f"{key.metadata['help']} It {key.metadata['must']}."
    if key.default is not MISSING:
        return section(key.name, declared, f"Default: `{key.default!r}`.", level=3)
    is_required = key.default_factory is MISSING
    return section(key.name, declared, "Required." if is_required else "Default: `{}`.", level=3)
