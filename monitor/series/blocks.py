"""An hour of one subject's samples as one compressed value, and back without any loss. Pure.

A block is a version byte, then sections with their lengths in front. A version that was ever
written stays readable: its reader stays in `_READERS`.

Version 1: how many samples, offsets columns and scalar columns; the times; then each column by
name. Offsets are kept as what each sample adds to the one before, a partition at a time; unknowns
repeat the value before them, so that they cost nothing, and a mask tells them apart.

Version 2 adds columns of words, each with its own table of words, so that what a word means never
hangs on the order of an enum in the code that reads. Version 3 puts a checksum in front of the
same, for two changed bytes in five would otherwise be read as other numbers.
"""

import json
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from pcodec import ChunkConfig, DeltaSpec, ModeSpec, standalone

from monitor.errors import BlockError

Int64s = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64] | npt.NDArray[np.float64]

VERSION = 3
UNKNOWN = -1  # what stands in a decoded cell that is not known; its mask decides, not the value

_COUNTS_1 = struct.Struct("<IHH")
_COUNTS = struct.Struct("<IHHH")
_LENGTH = struct.Struct("<I")
# Offsets are differences already; looking for a better order of them only costs time.
_DIFFERENCES = ChunkConfig(mode_spec=ModeSpec.classic(), delta_spec=DeltaSpec.no_op())
_PLAIN = ChunkConfig()


@dataclass(frozen=True, slots=True)
class Offsets:
    """A row per sample, a column per partition. A row ends at its width; nothing is known after."""

    values: Int64s
    known: Bools
    widths: Int64s


@dataclass(frozen=True, slots=True)
class Scalars:
    """A value per sample, whole numbers or floats."""

    values: Numbers
    known: Bools


@dataclass(frozen=True, slots=True)
class Words:
    """A word per sample, as its place in `table`."""

    codes: Int64s
    table: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A subject's hour; `times` are microseconds, every column has a row for each of them."""

    times: Int64s
    offsets: Mapping[str, Offsets]
    scalars: Mapping[str, Scalars]
    words: Mapping[str, Words] = field(default_factory=dict)


def encode(block: Block) -> bytes:
    """The block in the newest version."""
    sections = [_packed(block.times)]
    for name, column in block.offsets.items():
        sections += [name.encode(), *_offset_sections(column)]
    for name, scalars in block.scalars.items():
        sections += [name.encode(), *_scalar_sections(scalars)]
    for name, words in block.words.items():
        sections += [name.encode(), json.dumps(words.table).encode(), _packed(words.codes)]
    counts = _COUNTS.pack(
        len(block.times), len(block.offsets), len(block.scalars), len(block.words)
    )
    framed = b"".join(_LENGTH.pack(len(section)) + section for section in sections)
    return bytes([VERSION]) + _LENGTH.pack(zlib.crc32(counts + framed)) + counts + framed


def is_same(one: Block, other: Block) -> bool:
    """Whether both hold the same samples; what stands in cells that are not known is nothing."""
    return (
        np.array_equal(one.times, other.times)
        and _are_same(one.offsets, other.offsets)
        and _are_same(one.scalars, other.scalars)
        and one.words.keys() == other.words.keys()
        and all(
            words.table == other.words[name].table
            and np.array_equal(words.codes, other.words[name].codes)
            for name, words in one.words.items()
        )
    )


def decode(stored: bytes | memoryview) -> Block:
    """The block of any version. Raises BlockError for an unknown version or a damaged block."""
    body = bytes(stored)
    if not body:
        raise BlockError("A sealed block is empty; restore the database from a backup.")
    read = _READERS.get(body[0])
    if read is None:
        raise BlockError(
            f"A sealed block has format version {body[0]}, which this Highwater cannot read; "
            "upgrade to the version that wrote it."
        )
    try:
        return read(body)
    # The codec raises RuntimeError, and cut bytes any of the others.
    except (
        RuntimeError,
        TypeError,
        ValueError,
        struct.error,
        zlib.error,
        StopIteration,
    ) as problem:
        raise BlockError(
            f"A sealed block is damaged ({problem}); restore the database from a backup."
        ) from problem


def _are_same(
    one: Mapping[str, Offsets] | Mapping[str, Scalars],
    other: Mapping[str, Offsets] | Mapping[str, Scalars],
) -> bool:
    return one.keys() == other.keys() and all(
        np.array_equal(getattr(column, "widths", 0), getattr(other[name], "widths", 0))
        and np.array_equal(column.known, other[name].known)
        # By bytes, for NaN is equal to no NaN.
        and column.values[column.known].tobytes() == other[name].values[column.known].tobytes()
        for name, column in one.items()
    )


def _read_version_1(body: bytes) -> Block:
    count, offsets_count, scalars_count = _COUNTS_1.unpack_from(body, 1)
    return _read(_sections(body, 1 + _COUNTS_1.size), count, offsets_count, scalars_count, 0)


def _read_version_2(body: bytes) -> Block:
    return _read_from(body, 1)


def _read_version_3(body: bytes) -> Block:
    start = 1 + _LENGTH.size
    (checksum,) = _LENGTH.unpack_from(body, 1)
    if zlib.crc32(memoryview(body)[start:]) != checksum:
        raise ValueError("its checksum is of other bytes")
    return _read_from(body, start)


def _read_from(body: bytes, start: int) -> Block:
    return _read(_sections(body, start + _COUNTS.size), *_COUNTS.unpack_from(body, start))


def _read(
    sections: Iterator[bytes], count: int, offsets_count: int, scalars_count: int, words_count: int
) -> Block:
    times = _unpacked(next(sections))
    if len(times) != count:  # first of all: the columns take room by it
        raise ValueError("times are missing")
    offsets = {
        next(sections).decode(): _read_offsets(sections, count) for _ in range(offsets_count)
    }
    scalars = {
        next(sections).decode(): _read_scalars(sections, count) for _ in range(scalars_count)
    }
    words = {next(sections).decode(): _read_words(sections, count) for _ in range(words_count)}
    return Block(times, offsets, scalars, words)


_READERS: dict[int, Callable[[bytes], Block]] = {
    1: _read_version_1,
    2: _read_version_2,
    3: _read_version_3,
}


def _offset_sections(column: Offsets) -> list[bytes]:
    filled = _carried(column.values, column.known)
    first = filled[0] if len(filled) else np.zeros(filled.shape[1], dtype=np.int64)
    differences = np.ascontiguousarray(np.diff(filled, axis=0).T).ravel()
    return [
        _packed(column.widths),
        _packed(first),
        _packed(differences, _DIFFERENCES),
        _mask(column.known),
    ]


def _read_offsets(sections: Iterator[bytes], count: int) -> Offsets:
    widths, first, differences = (_unpacked(next(sections)) for _ in range(3))
    width = len(first)
    filled = np.empty((count, width), dtype=np.int64)
    if count:
        filled[0] = first
        filled[1:] = differences.reshape(width, count - 1).T
        np.cumsum(filled, axis=0, out=filled)
    known = _unmasked(next(sections), (count, width))
    return Offsets(np.where(known, filled, UNKNOWN), known, widths)


def _scalar_sections(column: Scalars) -> list[bytes]:
    kind = b"f" if column.values.dtype == np.float64 else b"i"
    return [kind, _packed(column.values[column.known]), _mask(column.known)]


def _read_scalars(sections: Iterator[bytes], count: int) -> Scalars:
    kind, packed, mask = (next(sections) for _ in range(3))
    known = _unmasked(mask, (count,))
    number = np.float64 if kind == b"f" else np.int64
    values: Any = np.full(count, UNKNOWN, dtype=number)
    values[known] = _unpacked(packed, number)
    return Scalars(values, known)


def _read_words(sections: Iterator[bytes], count: int) -> Words:
    table, codes = tuple(json.loads(next(sections))), _unpacked(next(sections))
    if len(codes) != count or (count and not 0 <= codes.min() <= codes.max() < len(table)):
        raise ValueError("words are missing")
    return Words(codes, table)


def _carried(values: Int64s, known: Bools) -> Int64s:
    """Each unknown cell as the last known above it, 0 where there is none."""
    rows = np.where(known, np.arange(len(values))[:, None], -1)
    last = np.maximum.accumulate(rows, axis=0)
    carried = np.take_along_axis(values, np.maximum(last, 0), axis=0)
    filled: Int64s = np.where(last >= 0, carried, 0)
    return filled


def _packed(values: Numbers, how: ChunkConfig = _PLAIN) -> bytes:
    if not len(values):
        return b""
    packed: bytes = standalone.simple_compress(np.ascontiguousarray(values), how)
    return packed


def _unpacked(section: bytes, kind: type[np.generic] = np.int64) -> Any:
    if not section:
        return np.empty(0, dtype=kind)
    values = standalone.simple_decompress(section)
    if values is None or values.dtype != kind:  # as of bytes that are not what was written
        raise ValueError("numbers are of another kind")
    return values


def _mask(known: Bools) -> bytes:
    """Nothing where all is known, which is usual."""
    return b"" if known.all() else zlib.compress(np.packbits(known.T).tobytes())


def _unmasked(section: bytes, shape: tuple[int, ...]) -> Bools:
    if not section:
        return np.ones(shape, dtype=np.bool_)
    bits = np.frombuffer(zlib.decompress(section), dtype=np.uint8)
    size = int(np.prod(shape))
    return np.unpackbits(bits, count=size).astype(np.bool_).reshape(shape[::-1]).T


def _sections(body: bytes, start: int) -> Iterator[bytes]:
    while start < len(body):
        (length,) = _LENGTH.unpack_from(body, start)
        start += _LENGTH.size + length
        if start > len(body):
            raise ValueError("it ends early")
        yield body[start - length : start]
