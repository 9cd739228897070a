from hypothesis import example, given
from hypothesis import strategies as st

from monitor.kafka.names import LONGEST_NAME_BYTES, escape, indexable, is_storable, unescape

any_text = st.text(st.characters(codec=None, exclude_categories=()))


@given(any_text)
@example("a\0b")
@example("")
@example("a\\u0000b")
@example("\udcff")
def test_an_escaped_name_comes_back(name: str) -> None:
    stored, is_escaped = escape(name)
    assert unescape(stored, is_escaped=is_escaped) == name
    stored.encode()
    assert "\0" not in stored


@given(any_text, any_text)
@example("a\0b", "a\\u0000b")
def test_two_names_never_share_a_stored_form(one: str, other: str) -> None:
    assert (escape(one)[0] == escape(other)[0]) == (one == other)


def test_an_ordinary_name_stays_as_it_is() -> None:
    assert escape("x/y?z#%2F <script>") == ("x/y?z#%2F <script>", False)


def test_a_name_too_long_for_an_index_is_not_storable() -> None:
    assert is_storable("a" * LONGEST_NAME_BYTES)
    assert not is_storable("a" * (LONGEST_NAME_BYTES + 1))


@given(any_text.filter(is_storable))
def test_a_name_that_fits_an_index_is_indexed_as_stored(name: str) -> None:
    assert indexable(name) == escape(name)[0]


@given(st.integers(LONGEST_NAME_BYTES, 40_000))
def test_long_names_fit_an_index_and_stay_apart(length: int) -> None:
    one, other = indexable("é" * length), indexable("é" * length + "x")
    assert one != other
    assert len(one.encode()) <= LONGEST_NAME_BYTES
