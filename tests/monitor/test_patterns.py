import time

import pytest

from monitor.patterns import allowance, allowance_problems, keeps, matches, pattern_problems


@pytest.mark.parametrize(
    ("name", "pattern", "is_match"),
    [
        ("orders", "orders", True),
        ("orders", "order", False),
        ("orders", "o*s", True),
        ("orders", "*", True),
        ("", "*", True),
        ("", "?", False),
        ("orders", "order?", True),
        ("orders", "orders?", False),
        ("a.b", "a?b", True),
        ("axb", "a.b", False),
        ("[a]", "[a]", True),
        ("a", "[a]", False),
        ("abcab", "*ab", True),
        ("abcab", "*ab*ab*", True),
        ("shop\nx", "shop*", True),
        ("Orders", "orders", False),
        ("a*b", "a*b", True),
    ],
)
def test_a_glob_matches_whole_names(name: str, pattern: str, is_match: bool) -> None:
    assert matches(name, pattern) is is_match


def test_the_worst_pattern_takes_no_time() -> None:
    started = time.perf_counter()
    assert not matches("a" * 249, "*a" * 124 + "b")
    assert time.perf_counter() - started < 0.5


def test_without_patterns_all_is_kept_and_an_exclusion_wins() -> None:
    assert keeps([], [])("orders")
    keep = keeps(["shop-*", "billing"], ["shop-test*"])
    names = ["shop-a", "billing", "shop-test-1", "other"]
    assert [name for name in names if keep(name)] == ["shop-a", "billing"]


@pytest.mark.parametrize("patterns", [None, "a", {}, [1], [""], ["a\0"], ["a" * 250], ["a"] * 101])
def test_what_is_no_list_of_patterns_is_refused(patterns: object) -> None:
    assert pattern_problems(patterns)


def test_a_list_of_patterns_is_accepted() -> None:
    assert pattern_problems(["a*", "b"]) == []


@pytest.mark.parametrize(
    "allowed",
    [None, [], "a", {"": 1}, {"a": -1}, {"a": 1.5}, {"a": True}, {"a": "1"}, {"a": 10**10}],
)
def test_bad_allowances_are_told(allowed: object) -> None:
    assert allowance_problems(allowed)


def test_of_several_allowances_the_largest_counts() -> None:
    allowed = {"pay*": 1, "*ments": 5, "payments": 3}
    assert allowance_problems(allowed) == allowance_problems({}) == []
    assert [allowance(allowed)(name) for name in ("payments", "pay", "other")] == [5, 1, 0]
