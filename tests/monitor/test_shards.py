"""Each name belongs to one shard, to the same for ever."""

from hypothesis import given
from hypothesis import strategies as st

from monitor.shards import ALL, MOST_SHARDS, Shard, place_of

# As they come from a broker: bytes that are no UTF-8 are lone surrogates.
names = st.one_of(st.text(), st.binary().map(lambda raw: raw.decode(errors="surrogateescape")))


@given(name=names, of=st.integers(1, MOST_SHARDS))
def test_a_name_has_one_owner(name: str, of: int) -> None:
    assert sum(Shard(number, of).owns(name) for number in range(of)) == 1


def test_one_shard_owns_all() -> None:
    assert ALL.is_all
    assert ALL.owns("orders")
    assert not Shard(0, 2).is_all


def test_stored_samples_are_found_by_these_places() -> None:
    assert [place_of(name) for name in ("", "orders", "a\0b", "\udcff")] == [
        0,
        3845127662,
        367556721,
        3394095495,
    ]


def test_names_spread_evenly() -> None:
    owned = [
        sum(Shard(number, 4).owns(f"group-{each}") for each in range(10_000)) for number in range(4)
    ]
    assert all(2_300 < count < 2_700 for count in owned)
