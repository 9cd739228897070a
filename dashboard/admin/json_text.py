"""JSON that people type: what Postgres or a page could not hold is no valid JSON here."""

import json
from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from dashboard.queries.keyset import is_storable
from monitor.patterns import allowance_problems, pattern_problems

DEEPEST = 10


class StorableDecoder(json.JSONDecoder):
    """Raises JSONDecodeError also for what nests too deeply, holds half a character or a NUL, or
    has numbers too long to read; Django's field expects no other error.
    """

    def decode(self, text: str, *args: Any) -> Any:
        try:
            value = super().decode(text, *args)
            if not all(is_storable(found) for found in _texts(value, DEEPEST)):
                raise ValueError("holds a NUL or half a character")
        except (ValueError, RecursionError) as problem:
            raise json.JSONDecodeError(str(problem), text, 0) from None
        return value


class StorableJSONField(forms.JSONField):
    """A form's field of such JSON."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "decoder": StorableDecoder})


class PatternsField(StorableJSONField):
    """A list of globs; left empty it is an empty list."""

    def clean(self, value: Any) -> list[str]:
        patterns: list[str] = super().clean(value) or []
        if problems := pattern_problems(patterns):
            raise ValidationError([f"This {problem}" for problem in problems])
        return patterns


class AllowancesField(StorableJSONField):
    """Numbers by glob; left empty it is an empty object."""

    def clean(self, value: Any) -> dict[str, int]:
        allowed: dict[str, int] = super().clean(value) or {}
        if problems := allowance_problems(allowed):
            raise ValidationError([f"This {problem}" for problem in problems])
        return allowed


def _texts(value: object, depth: int) -> Iterator[str]:
    """All names and texts in a value. Raises ValueError for one that nests deeper."""
    if depth < 0:
        raise ValueError("nests too deeply")
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        for each in value.values():
            yield from _texts(each, depth - 1)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each, depth - 1)
