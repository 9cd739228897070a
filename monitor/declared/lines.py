"""On which line of a TOML text each value stands; tomllib tells values without their places."""

import tomllib
from collections.abc import Iterator
from typing import Any

Path = tuple[str | int, ...]


def lines_of(text: str) -> dict[Path, int]:
    """Line of each table and key of a text that tomllib could read, counted from 1.

    A statement ends with the first line up to which it parses by itself. So strings and arrays of
    many lines need no grammar of our own.
    """
    lines: dict[Path, int] = {}
    lengths: dict[Path, int] = {}
    table: Path = ()
    for line, statement in _statements(text):
        found = tomllib.loads(statement)
        if statement.lstrip().startswith("["):
            table = _opened(found, lengths, is_array=statement.lstrip().startswith("[["))
            lines.setdefault(table, line)
        else:
            for path in _paths(found, table):
                lines.setdefault(path, line)
    return lines


def _statements(text: str) -> Iterator[tuple[int, str]]:
    statement, start = "", 1
    for line, words in enumerate(text.split("\n"), start=1):
        if not statement:
            start = line
        statement += words + "\n"
        if _is_whole(statement):
            if tomllib.loads(statement) != {}:
                yield start, statement
            statement = ""


def _is_whole(statement: str) -> bool:
    try:
        tomllib.loads(statement)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _opened(header: dict[str, Any], lengths: dict[Path, int], *, is_array: bool) -> Path:
    """The table that a header opens; `lengths` counts the tables of each array so far."""
    path: Path = ()
    within: Any = header
    while within:
        name, within = next(iter(within.items()))
        path = (*path, name)
        if isinstance(within, list):
            within = within[0]
        if is_array and not within:
            lengths[path] = lengths.get(path, 0) + 1
        if path in lengths:
            path = (*path, lengths[path] - 1)
    return path


def _paths(values: dict[str, Any], before: Path) -> Iterator[Path]:
    for name, value in values.items():
        yield (*before, name)
        if isinstance(value, dict):
            yield from _paths(value, (*before, name))
