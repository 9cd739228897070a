"""Functions stay under 50 lines, files under 400: no file quietly becomes the product."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MOST_FILE_LINES = 400
MOST_FUNCTION_LINES = 50
SOURCE_SUFFIXES = {".py", ".js", ".html"}


def is_exempt(path: Path) -> bool:
    """Migrations and settings grow by nature; CSS is not measured, and case tables say so."""
    return (
        "migrations" in path.parts or path.name == "settings.py" or path.name.startswith("cases_")
    )


def sources() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    paths = [ROOT / line for line in listed]
    return [p for p in paths if p.suffix in SOURCE_SUFFIXES and p.is_file() and not is_exempt(p)]


def functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def test_no_file_is_over_its_size() -> None:
    lines = {str(p.relative_to(ROOT)): len(p.read_text().splitlines()) for p in sources()}
    assert len(lines) > 20
    assert {name: n for name, n in lines.items() if n > MOST_FILE_LINES} == {}


def test_no_function_is_over_its_size() -> None:
    over = [
        f"{path.relative_to(ROOT)}: {name} has {length} lines"
        for path in sources()
        if path.suffix == ".py"
        for name, length in functions(path)
        if length > MOST_FUNCTION_LINES
    ]
    assert over == []


@pytest.mark.parametrize("package", ["dashboard", "monitor", "highwater_events", "quickstart"])
def test_each_package_says_what_it_is_for(package: str) -> None:
    for path in (ROOT / package).rglob("__init__.py"):
        if "migrations" in path.parts or path.parent.name in {"management", "commands"}:
            continue
        docstring = ast.get_docstring(ast.parse(path.read_text()))
        assert docstring, f"{path.relative_to(ROOT)} does not say what its package is for"
