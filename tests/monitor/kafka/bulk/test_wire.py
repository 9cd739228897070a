import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import MalformedAnswerError
from monitor.kafka.bulk.wire import Cursor, compact_string, uvarint


@given(st.integers(0, 2**31 - 1))
def test_a_length_comes_back(number: int) -> None:
    assert Cursor(uvarint(number)).uvarint() == number


@given(st.binary(max_size=300))
def test_a_name_travels_as_its_bytes_whatever_they_are(name: bytes) -> None:
    carried = name.decode("utf-8", "surrogateescape")
    assert Cursor(compact_string(carried)).compact_bytes() == name


@pytest.mark.parametrize("body", [b"", b"\x80", b"\x80\x80\x80\x80\x80\x01"])
def test_a_length_without_an_end_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedAnswerError):
        Cursor(body).uvarint()


def test_more_entries_than_bytes_are_refused_before_anything_is_made_of_them() -> None:
    with pytest.raises(MalformedAnswerError, match="shorter than it says"):
        Cursor(uvarint(2**31 - 1) + b"abc").length()


def test_fields_that_nobody_knows_are_stepped_over() -> None:
    cursor = Cursor(b"\x02\x00\x01a\x05\x02bcX")
    cursor.tagged_fields()
    assert cursor.signed(1) == ord("X")
