"""Headings that sort: where each link leads, and the order that is shown now. Pure."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Column:
    """`sorted` is the present order in words, empty where another column sorts."""

    key: str
    title: str
    css: str
    sorted: Literal["", "ascending", "descending"]
    next_direction: Literal["asc", "desc"]


def column(
    key: str, title: str, css: str, *, sort: str, is_descending: bool, falls_first: bool
) -> Column:
    """A click on the sorted heading turns its order; on another it starts with the usual one."""
    if key != sort:
        return Column(key, title, css, "", "desc" if falls_first else "asc")
    if is_descending:
        return Column(key, title, css, "descending", "asc")
    return Column(key, title, css, "ascending", "desc")
