from hypothesis import given
from hypothesis import strategies as st

from highwater_events.outbox.shards import fair_share, shard_of

NAMES = st.sets(st.text(min_size=1, max_size=5), min_size=1, max_size=20)


def test_a_key_keeps_its_shard_for_ever() -> None:
    # Rows of older releases wait in the tables of services: this must never change.
    shards = [shard_of("order", str(number), 16) for number in range(8)]
    assert shards == [0, 13, 15, 11, 2, 11, 8, 6]


def test_type_and_id_are_not_run_together() -> None:
    assert shard_of("ab", "c", 1 << 30) != shard_of("a", "bc", 1 << 30)


def test_keys_spread_over_all_shards() -> None:
    assert {shard_of("order", str(number), 16) for number in range(500)} == set(range(16))


@given(st.integers(0, 200), NAMES)
def test_shares_add_up_and_differ_by_one_at_most(shards: int, relays: set[str]) -> None:
    shares = [fair_share(shards, relays, name) for name in relays]
    assert sum(shares) == shards
    assert max(shares) - min(shares) <= 1


def test_a_relay_that_is_not_listed_yet_counts_itself() -> None:
    assert fair_share(16, [], "a") == 16
    assert fair_share(16, ["b"], "a") == 8
