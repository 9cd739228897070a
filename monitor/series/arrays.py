"""Reading Postgres arrays as numpy columns.

An array without NULL elements has fixed-width entries on the wire, so queries replace NULL by
`UNKNOWN` and the loader reads the rest as it lies.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg
from django.db import connection
from psycopg.adapt import Loader
from psycopg.pq import Format

UNKNOWN = -1
_HEADER_BYTES = 20
_EMPTY_HEADER_BYTES = 12
_MICROSECONDS_TO_2000 = 946_684_800_000_000

Int64s = npt.NDArray[np.int64]


class _ArrayLoader(Loader):
    format = Format.BINARY
    entry: np.dtype[Any]

    def load(self, data: bytes | bytearray | memoryview) -> npt.NDArray[Any]:
        if len(data) <= _HEADER_BYTES:
            return np.empty(0, dtype=self.entry["value"].newbyteorder("="))
        entries = np.frombuffer(data, dtype=self.entry, offset=_HEADER_BYTES)
        values: npt.NDArray[Any] = entries["value"].astype(self.entry["value"].newbyteorder("="))
        return values


class _Int8Loader(_ArrayLoader):
    entry = np.dtype([("length", ">i4"), ("value", ">i8")])


class _Int2Loader(_ArrayLoader):
    entry = np.dtype([("length", ">i4"), ("value", ">i2")])


class _Float8Loader(_ArrayLoader):
    entry = np.dtype([("length", ">i4"), ("value", ">f8")])


class _MomentLoader(_Int8Loader):
    """Microseconds since 1970, as blocks have them; Postgres counts from 2000."""

    def load(self, data: bytes | bytearray | memoryview) -> npt.NDArray[Any]:
        return super().load(data) + _MICROSECONDS_TO_2000


@contextmanager
def columns_cursor() -> Iterator[psycopg.Cursor[Any]]:
    """A cursor on Django's connection that answers in binary, arrays as numpy columns."""
    connection.ensure_connection()
    with psycopg.Cursor(connection.connection) as cursor:
        cursor.format = Format.BINARY
        types = cursor.adapters.types
        cursor.adapters.register_loader(types["int8"].array_oid, _Int8Loader)
        cursor.adapters.register_loader(types["int2"].array_oid, _Int2Loader)
        cursor.adapters.register_loader(types["float8"].array_oid, _Float8Loader)
        cursor.adapters.register_loader(types["timestamptz"].array_oid, _MomentLoader)
        yield cursor


def stacked(arrays: Sequence[npt.NDArray[Any]]) -> npt.NDArray[np.int64]:
    """Rows of unequal length as one matrix, `UNKNOWN` where a row ends early."""
    width = max((len(row) for row in arrays), default=0)
    matrix = np.full((len(arrays), width), UNKNOWN, dtype=np.int64)
    for index, row in enumerate(arrays):
        matrix[index, : len(row)] = row
    return matrix


def unpacked(packed: bytes, count: int, kind: str) -> tuple[Int64s, Int64s]:
    """Arrays that `string_agg(array_send(...), '')` packed, as a matrix and each row's width.

    `kind` is their elements' numpy type. None of them may hold a NULL.
    """
    entry = np.dtype([("length", ">i4"), ("value", kind)])
    row_bytes = len(packed) // max(count, 1)
    width = max(row_bytes - _HEADER_BYTES, 0) // entry.itemsize
    row = np.dtype([("head", ">i4", 5), ("entries", entry, (width,))])
    if count and width and len(packed) == count * row.itemsize:
        rows = np.frombuffer(packed, dtype=row)
        # The first row's head proves where the second begins, and so on.
        if (rows["head"][:, 0] == 1).all() and (rows["head"][:, 3] == width).all():
            return rows["entries"]["value"].astype(np.int64), np.full(count, width, dtype=np.int64)
    arrays = list(_walked(packed, entry))
    return stacked(arrays), np.array([len(array) for array in arrays], dtype=np.int64)


def _walked(packed: bytes, entry: np.dtype[Any]) -> Iterator[npt.NDArray[Any]]:
    """The arrays one by one, where they are not all of one width."""
    at = 0
    while at < len(packed):
        dimensions = int.from_bytes(packed[at : at + 4], "big")
        width = int.from_bytes(packed[at + 12 : at + 16], "big") if dimensions else 0
        at += _HEADER_BYTES if dimensions else _EMPTY_HEADER_BYTES
        yield np.frombuffer(packed, dtype=entry, count=width, offset=at)["value"].astype(np.int64)
        at += width * entry.itemsize
