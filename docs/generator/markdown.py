"""Pieces of Markdown."""

from collections.abc import Iterable, Sequence

GENERATED = "<!-- Written by `make docs`; edit what the code declares, not this page. -->"


def document(title: str, *blocks: str) -> str:
    """A whole page; empty blocks are left out."""
    return "\n\n".join([GENERATED, f"# {title}", *(block for block in blocks if block)]) + "\n"


def section(heading: str, *blocks: str, level: int = 2) -> str:
    return "\n\n".join([f"{'#' * level} {heading}", *(block for block in blocks if block)])


def table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Nothing at all for no rows."""
    lines = [_row(row) for row in rows]
    if not lines:
        return ""
    return "\n".join([_row(headers), _row(["---"] * len(headers)), *lines])


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
