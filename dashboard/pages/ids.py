"""Ids in URLs. Pure."""

MOST_DIGITS = 18


def row_id(text: str) -> int | None:
    """The number, where the text is one that a row's id could be."""
    is_one = text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS
    return int(text) if is_one else None
