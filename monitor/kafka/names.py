r"""Names as Kafka allows them, made storable and back again.

Postgres refuses NUL and lone surrogates (bytes that were no UTF-8); one of them would kill a whole
COPY. Such names are stored escaped, with a flag. Names that hold the escape character itself are
escaped too, so that two names never share one stored form.
"""

import hashlib
import re

# A B-tree entry of Postgres holds about 2,700 bytes; a longer name could not be unique.
LONGEST_NAME_BYTES = 2_000

_HOSTILE = re.compile("[\\\\\0\ud800-\udfff]")
_ESCAPED = re.compile(r"\\(?:\\|u([0-9a-f]{4}))")


def escape(name: str) -> tuple[str, bool]:
    r"""The name as stored, and whether that differs: `a\0b` becomes `a\u0000b`."""
    stored = _HOSTILE.sub(_escape_one, name)
    return stored, stored != name


def unescape(stored: str, *, is_escaped: bool) -> str:
    """The name as Kafka knows it."""
    return _ESCAPED.sub(_unescape_one, stored) if is_escaped else stored


def is_storable(name: str) -> bool:
    """Whether the name, escaped, fits an index."""
    return len(escape(name)[0].encode()) <= LONGEST_NAME_BYTES


def indexable(name: str) -> str:
    """The name as stored where it only has to be unique: a long one ends with its digest."""
    stored = escape(name)[0].encode()
    if len(stored) <= LONGEST_NAME_BYTES:
        return stored.decode()
    digest = hashlib.sha256(stored).hexdigest()
    return f"{stored[: LONGEST_NAME_BYTES - 65].decode(errors='ignore')}~{digest}"


def _escape_one(match: re.Match[str]) -> str:
    character = match[0]
    return "\\\\" if character == "\\" else f"\\u{ord(character):04x}"


def _unescape_one(match: re.Match[str]) -> str:
    return chr(int(match[1], 16)) if match[1] else "\\"
