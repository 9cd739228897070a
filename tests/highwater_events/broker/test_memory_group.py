from hypothesis import given
from hypothesis import strategies as st

from highwater_events.broker.base import TopicPartition
from highwater_events.broker.memory_group import sticky_shares

MEMBERS = st.lists(st.sampled_from("abcdef"), max_size=6, unique=True)


def partitions(count: int) -> list[TopicPartition]:
    return [TopicPartition("t", number) for number in range(count)]


@given(st.integers(0, 30), MEMBERS, MEMBERS)
def test_shares_are_even_whoever_comes_and_goes(
    count: int, before: list[str], after: list[str]
) -> None:
    last = sticky_shares(partitions(count), before, {})
    shares = sticky_shares(partitions(count), after, last)
    assert len(shares) == (count if after else 0)
    sizes = [list(shares.values()).count(member) for member in after]
    assert max(sizes, default=0) - min(sizes, default=0) <= 1


@given(st.integers(0, 30), MEMBERS)
def test_nothing_moves_where_nobody_comes_or_goes(count: int, members: list[str]) -> None:
    last = sticky_shares(partitions(count), members, {})
    assert sticky_shares(partitions(count), members, last) == last


def test_only_what_the_newcomer_gets_moves() -> None:
    last = sticky_shares(partitions(12), ["a", "b"], {})
    shares = sticky_shares(partitions(12), ["a", "b", "c"], last)
    moved = [each for each in shares if shares[each] != last[each]]
    assert {shares[each] for each in moved} == {"c"}
    assert len(moved) == 4
