"""Postgres' binary COPY, encoded a column at a time with numpy.

A column is one `bytes` per row, its length in front. Arrays come flat: row `i` owns the elements
from `starts[i]` up to `starts[i + 1]`; an element that is not `known` becomes NULL.
"""

import struct
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Column = Sequence[bytes]
Numbers = npt.NDArray[np.generic]
Bools = npt.NDArray[np.bool_]

NULL = struct.pack(">i", -1)
_SIGNATURE = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
_TRAILER = struct.pack(">h", -1)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)

# numpy's type on the wire, and the element's type in Postgres
_WIRE = {"int2": (">i2", 21), "int4": (">i4", 23), "int8": (">i8", 20), "float8": (">f8", 701)}


def rows(columns: Sequence[Column]) -> bytes:
    """The whole COPY body."""
    head = struct.pack(">h", len(columns))
    body = b"".join([part for row in zip(*columns, strict=True) for part in (head, *row)])
    return _SIGNATURE + body + _TRAILER


def repeated(value: bytes, count: int) -> Column:
    """One encoded value for every row."""
    return [value] * count


def timestamptz(moment: datetime) -> bytes:
    since = moment - _EPOCH
    microseconds = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    return struct.pack(">iq", 8, microseconds)


def text(value: str) -> bytes:
    encoded = value.encode()
    return struct.pack(">i", len(encoded)) + encoded


def blob(value: bytes) -> bytes:
    return struct.pack(">i", len(value)) + value


def numbers(values: Numbers, kind: str, known: Bools | None = None) -> Column:
    """A column of scalars."""
    cells = _cells(values, kind)
    return _cut(cells, np.arange(len(cells) + 1), _kept(cells, known))


def number_arrays(
    values: Numbers, starts: npt.NDArray[np.int64], kind: str, known: Bools | None = None
) -> Column:
    """A column of one-dimensional arrays."""
    cells = _cells(values, kind)
    kept = _kept(cells, known)
    return _arrays(_cut(cells, starts, kept), starts, _WIRE[kind][1], known)


def _cells(values: Numbers, kind: str) -> npt.NDArray[np.uint8]:
    """Each value as it travels: four bytes of length, then the value."""
    wire = np.dtype(_WIRE[kind][0])
    cells = np.zeros(len(values), dtype=[("length", ">i4"), ("value", wire)])
    cells["length"] = wire.itemsize
    cells["value"] = values
    return cells.view(np.uint8).reshape(len(values), 4 + wire.itemsize)


def _kept(cells: npt.NDArray[np.uint8], known: Bools | None) -> Bools:
    """Which bytes travel; NULL is a length of -1 without a value. Changes those cells' lengths."""
    kept = np.ones(cells.shape, dtype=np.bool_)
    if known is not None:
        cells[~known, :4] = 255
        kept[~known, 4:] = False
    return kept


def _cut(cells: npt.NDArray[np.uint8], starts: npt.NDArray[np.integer], kept: Bools) -> list[bytes]:
    """The bytes that travel, cut into rows."""
    body = cells[kept].tobytes()
    ends = np.concatenate(([0], np.cumsum(kept.sum(axis=1))))[starts]
    return [body[one:other] for one, other in pairwise(ends.tolist())]


def _arrays(
    bodies: list[bytes], starts: npt.NDArray[np.int64], oid: int, known: Bools | None
) -> Column:
    unknown = np.zeros(starts[-1], dtype=np.bool_) if known is None else ~known
    has_null = np.diff(np.concatenate(([0], np.cumsum(unknown)))[starts]) > 0
    lengths = np.diff(starts).tolist()
    return [
        _array(body, length, int(null), oid)
        for body, length, null in zip(bodies, lengths, has_null.tolist(), strict=True)
    ]


def _array(body: bytes, length: int, has_null: int, oid: int) -> bytes:
    if not length:
        return struct.pack(">iiii", 12, 0, 0, oid)
    return struct.pack(">iiiiii", 20 + len(body), 1, has_null, oid, length, 1) + body
