from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from monitor.errors import BlockError
from monitor.series.blocks import VERSION, Block, Offsets, Scalars, Words, decode, encode, is_same

# A block as version 1 was first written. It must decode for ever: databases are full of them.
GOLDEN_1 = (
    "0103000000010002002500000070636f210300c104010402000000100000b4c40400000000cc0000"
    "0000002d31edb5c4040009000000636f6d6d69747465641c00000070636f210300c1040104020000"
    "00100008000000000000000c0004001c00000070636f210300810401040100000010000000000000"
    "0000001c0005001e00000070636f210300020104010403000000100000000000000000001c000208"
    "0009000000789c3b020000c500c50800000074696d655f6c616701000000662600000070636f2103"
    "008104010601000000210000000000000000fe0b00000000000020000c0002000009000000789c5b"
    "000000a100a1030000006c616701000000691d00000070636f210300c10401040200000010000800"
    "000000000000240002080000000000"
)
# The same with a column of words, as version 2 was first written.
GOLDEN_2 = (
    "02030000000100020001002500000070636f210300c104010402000000100000b4c40400000000cc"
    "00000000002d31edb5c4040009000000636f6d6d69747465641c00000070636f210300c104010402"
    "000000100008000000000000000c0004001c00000070636f21030081040104010000001000000000"
    "00000000001c0005001e00000070636f210300020104010403000000100000000000000000001c00"
    "02080009000000789c3b020000c500c50800000074696d655f6c616701000000662600000070636f"
    "2103008104010601000000210000000000000000fe0b00000000000020000c000200000900000078"
    "9c5b000000a100a1030000006c616701000000691d00000070636f210300c1040104020000001000"
    "080000000000000024000208000000000006000000737461747573170000005b224f4b222c202253"
    "544f50222c20225354414c4c225d1c00000070636f210300c1040104020000001000000000000000"
    "000014000800"
)
# The same with its checksum, as version 3 was first written.
GOLDEN_3 = (
    "036f0e740a030000000100020001002500000070636f210300c104010402000000100000b4c40400"
    "000000cc00000000002d31edb5c4040009000000636f6d6d69747465641c00000070636f210300c1"
    "04010402000000100008000000000000000c0004001c00000070636f210300810401040100000010"
    "0000000000000000001c0005001e00000070636f2103000201040104030000001000000000000000"
    "00001c0002080009000000789c3b020000c500c50800000074696d655f6c61670100000066260000"
    "0070636f2103008104010601000000210000000000000000fe0b00000000000020000c0002000009"
    "000000789c5b000000a100a1030000006c616701000000691d00000070636f210300c10401040200"
    "00001000080000000000000024000208000000000006000000737461747573170000005b224f4b22"
    "2c202253544f50222c20225354414c4c225d1c00000070636f210300c10401040200000010000000"
    "00000000000014000800"
)
NOTHING = np.empty(0, dtype=np.int64)
EMPTY = Block(
    NOTHING,
    {"committed": Offsets(np.empty((0, 3), np.int64), np.empty((0, 3), np.bool_), NOTHING)},
    {"lag": Scalars(NOTHING, np.empty(0, np.bool_))},
)


def golden(*, with_words: bool = False) -> Block:
    committed = np.array([[5, 0], [7, 0], [0, 4]], dtype=np.int64)
    known = np.array([[True, False], [True, False], [False, True]])
    offsets = Offsets(committed, known, np.array([1, 1, 2]))
    time_lag = Scalars(np.array([0.5, 0.0, 2.25]), np.array([True, False, True]))
    lag = Scalars(np.array([3, 1, 9]), np.array([True, True, True]))
    times = np.array([10_000_000, 20_000_000, 30_000_123])
    words = {"status": Words(np.array([0, 2, 0]), ("OK", "STOP", "STALL"))} if with_words else {}
    return Block(times, {"committed": offsets}, {"time_lag": time_lag, "lag": lag}, words)


@st.composite
def blocks(draw: st.DrawFn) -> Block:
    count, width = draw(st.integers(0, 12)), draw(st.integers(0, 5))
    values = draw(arrays.arrays(np.int64, (count, width)))
    widths = draw(arrays.arrays(np.int64, count, elements=st.integers(0, width)))
    known = draw(arrays.arrays(np.bool_, (count, width))) & (np.arange(width) < widths[:, None])
    times = draw(arrays.arrays(np.int64, count))
    masks = arrays.arrays(np.bool_, count)
    whole = Scalars(draw(arrays.arrays(np.int64, count)), draw(masks))
    floats = Scalars(draw(arrays.arrays(np.float64, count)), draw(masks))
    table = tuple(draw(st.lists(st.text(), min_size=1, max_size=4)))
    codes = draw(arrays.arrays(np.int64, count, elements=st.integers(0, len(table) - 1)))
    return Block(
        times,
        {"committed": Offsets(values, known, widths)},
        {"a": whole, "b": floats},
        {"status": Words(codes, table)},
    )


def changes(block: Block) -> list[Block]:
    """The block with one thing changed, for each thing that it has."""
    column, scalars, words = block.offsets["committed"], block.scalars["b"], block.words["status"]
    changed = [
        replace(block, scalars={"b": scalars}),
        replace(block, words={}),
        replace(block, words={"status": Words(words.codes, (*words.table, "more"))}),
        replace(block, times=np.append(block.times, 1)),
    ]
    if column.known.any():
        for values, known in other_cells(column):
            offsets = {"committed": Offsets(values, known, column.widths)}
            changed.append(replace(block, offsets=offsets))
    if scalars.known.any():
        for values, known in other_cells(scalars):
            changed.append(replace(block, scalars={**block.scalars, "b": Scalars(values, known)}))
    return changed


def other_cells(cells: Offsets | Scalars) -> list[tuple[Any, Any]]:
    """Values and mask with the first known cell changed, and with it unknown."""
    first = tuple(place[0] for place in np.nonzero(cells.known))
    unknown, other = cells.known.copy(), cells.values.copy()
    unknown[first] = False
    other[first] = 1 if other[first] != 1 else 2
    return [(other, cells.known), (cells.values, unknown)]


@given(blocks())
def test_any_block_comes_back_bit_for_bit(block: Block) -> None:
    assert is_same(block, decode(encode(block)))


@given(blocks())
def test_a_block_is_not_the_same_as_one_that_differs_anywhere(block: Block) -> None:
    for changed in changes(block):
        assert not is_same(block, changed)
        assert not is_same(changed, block)


def test_a_block_of_the_first_version_is_still_read() -> None:
    assert is_same(golden(), decode(bytes.fromhex(GOLDEN_1)))


@pytest.mark.parametrize("stored", [GOLDEN_2, GOLDEN_3])
def test_a_block_of_the_versions_with_words_is_still_read(stored: str) -> None:
    assert is_same(golden(with_words=True), decode(bytes.fromhex(stored)))


@given(st.data())
def test_a_block_with_a_changed_byte_is_never_read_as_other_numbers(data: st.DataObject) -> None:
    body = bytearray(bytes.fromhex(GOLDEN_3))
    place = data.draw(st.integers(1, len(body) - 1))
    body[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(BlockError, match="checksum"):
        decode(bytes(body))


def test_a_word_that_is_in_no_table_is_damage() -> None:
    block = golden(with_words=True)
    short = Block(
        block.times, {}, {}, {"status": Words(block.words["status"].codes, ("OK", "STOP"))}
    )
    with pytest.raises(BlockError, match="words are missing"):
        decode(encode(short))


def test_an_unknown_version_says_that_an_upgrade_is_needed() -> None:
    with pytest.raises(BlockError, match=f"version {VERSION + 1}, .* upgrade"):
        decode(bytes([VERSION + 1]) + encode(golden())[1:])


@pytest.mark.parametrize("kept_bytes", [0, 1, 5, 20, -1, -30])
def test_a_block_that_was_cut_says_so(kept_bytes: int) -> None:
    with pytest.raises(BlockError, match="backup"):
        decode(encode(golden())[:kept_bytes])


@pytest.mark.parametrize(
    ("records_a_sample", "most_bytes"), [(500, 1.2), (50, 0.9), (2, 0.5), (0, 0.05)]
)
def test_a_commit_sample_costs_little(records_a_sample: int, most_bytes: float) -> None:
    random = np.random.default_rng(1)
    moves = random.poisson(records_a_sample, size=(360, 20))
    committed = np.cumsum(moves, axis=0) + random.integers(0, 10**9, 20)
    known = np.ones(committed.shape, dtype=np.bool_)
    offsets = Offsets(committed, known, np.full(360, 20))
    block = Block(np.arange(360) * 10_000_000, {"committed": offsets}, {})
    assert len(encode(block)) / committed.size <= most_bytes


@given(st.data(), st.integers(1, 3))
def test_a_block_with_other_bytes_is_refused_or_read_and_never_anything_else(
    data: st.DataObject, changes: int
) -> None:
    body = bytearray(bytes.fromhex(GOLDEN_2))
    for _ in range(changes):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    try:
        decode(bytes(body))
    except BlockError as problem:
        assert "sealed block" in str(problem)


def test_a_damaged_count_of_samples_takes_no_room_before_it_is_refused() -> None:
    body = encode(golden())
    with pytest.raises(BlockError, match="times are missing"):
        decode(b"\x02\xff\xff\xff\xff" + body[9:])


def test_an_hour_without_samples_is_a_block_too() -> None:
    assert is_same(EMPTY, decode(encode(EMPTY)))
