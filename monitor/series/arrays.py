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


@contextmanager
def columns_cursor() -> Iterator[psycopg.Cursor[Any]]:
    """A cursor on Django's connection that answers in binary, arrays as numpy columns."""
    connection.ensure_connection()
    with psycopg.Cursor(connection.connection) as cursor:
        cursor.format = Format.BINARY
        types = cursor.adapters.types
        cursor.adapters.register_loader(types["int8"].array_oid, _Int8Loader)
        cursor.adapters.register_loader(types["int2"].array_oid, _Int2Loader)
        yield cursor


def stacked(arrays: Sequence[npt.NDArray[Any]]) -> npt.NDArray[np.int64]:
    """Rows of unequal length as one matrix, `UNKNOWN` where a row ends early."""
    width = max((len(row) for row in arrays), default=0)
    matrix = np.full((len(arrays), width), UNKNOWN, dtype=np.int64)
    for index, row in enumerate(arrays):
        matrix[index, : len(row)] = row
    return matrix
