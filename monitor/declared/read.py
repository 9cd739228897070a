"""From the text of `highwater.toml` to the rows that it declares, or all that is wrong with it."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from monitor.declared.fields import KINDS, Kind
from monitor.declared.lines import Path, lines_of
from monitor.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Declared:
    """One row as the file wants it, all its fields filled in."""

    kind: Kind
    values: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.values["name"])


def read(text: str, *, file_name: str) -> list[Declared]:
    """Raises ConfigurationError that tells everything wrong at once, a line each, in file order."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise ConfigurationError(f"{file_name}: this is no TOML: {problem}.") from None
    lines = lines_of(text)
    problems = [
        (_line(lines, path), f"{_written(path)} {said}") for path, said in _problems(tables)
    ]
    if problems:
        raise ConfigurationError(
            "\n".join(f"{file_name}:{line}: {said}" for line, said in sorted(problems))
        )
    return [
        Declared(kind, {**kind.defaults, **_flat(row)})
        for kind in KINDS
        for row in _rows(tables, kind)
    ]


def _problems(tables: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    known = [kind.table for kind in KINDS]
    for name in tables.keys() - set(known):
        yield (name,), f"is unknown: there are {', '.join(f'[[{each}]]' for each in known)}."
    for kind in KINDS:
        rows = _rows(tables, kind)
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            yield (kind.table,), f"must be written as [[{kind.table}]], once for each."
            continue
        yield from _doubles(kind, rows)
        for index, row in enumerate(rows):
            yield from _row_problems(kind, row, (kind.table, index))


def _row_problems(kind: Kind, row: Mapping[str, Any], at: Path) -> Iterator[tuple[Path, str]]:
    for name in kind.checks.keys() - kind.defaults.keys() - row.keys():
        yield at, f"lacks {name}."
    for name, value in _flat(row).items():
        if name not in kind.checks:
            yield (*at, name), f"is unknown: there are {', '.join(kind.checks)}."
            continue
        for said in kind.checks[name](value):
            yield (*at, name), said


def _doubles(kind: Kind, rows: list[dict[str, Any]]) -> Iterator[tuple[Path, str]]:
    seen: dict[object, int] = {}
    for index, row in enumerate(rows):
        name = row.get("name")
        if isinstance(name, str) and seen.setdefault(name, index) != index:
            yield (kind.table, index, "name"), f"is that of {kind.table}[{seen[name]}] too."


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """With properties by their full names: without quotes, TOML takes a dot for a table in it."""
    values = dict(row)
    if isinstance(values.get("properties"), dict):
        values["properties"] = dict(_dotted(values["properties"]))
    return values


def _dotted(values: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _dotted(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


def _rows(tables: Mapping[str, Any], kind: Kind) -> Any:
    return tables.get(kind.table, [])


def _line(lines: Mapping[Path, int], path: Path) -> int:
    """Of the path, or else of the nearest that stands around it."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def _written(path: Path) -> str:
    words = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in path]
    return "".join(words).lstrip(".")
