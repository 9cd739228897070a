"""`docs/checks.md`: what stops a start, and what to do about it."""

from docs.generator.markdown import document, section
from monitor import checks

# These two stand where settings are read, before Django's checks can run.
ELSEWHERE = {
    "highwater.E001": (
        "A setting cannot be read.",
        "The message names it and says what it may be; see [settings](settings.md).",
    ),
    "highwater_events.E001": (
        "A key of HIGHWATER_EVENTS is unknown, missing or wrong.",
        "The message names it and says what it may be; see [settings](settings.md).",
    ),
}


def page() -> str:
    found = [each for each in vars(checks).values() if isinstance(each, checks.Check)]
    texts = {check.id: (check.sentence, check.hint) for check in found} | ELSEWHERE
    return document(
        "Checks",
        "Every process runs them before it starts, `manage.py check` runs them alone. An id with E "
        "stops the start, one with W only warns.",
        *(
            section(check_id, sentence, f"What to do: {hint}")
            for check_id, (sentence, hint) in sorted(texts.items())
        ),
    )
