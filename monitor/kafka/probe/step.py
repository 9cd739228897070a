"""One step of a tested connection."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """`is_right` is None where nothing could be found out."""

    name: str
    is_right: bool | None
    said: str
