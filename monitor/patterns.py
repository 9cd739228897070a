"""Globs over names of groups and topics: which are looked at, and which are not.

`*` is any characters, `?` is one. Nothing else has a meaning, so that names with brackets or dots
need no escape, and a pattern can be matched in a time that its own length bounds.
"""

from collections.abc import Callable, Mapping, Sequence

PATTERN_FIELDS = ("include_groups", "exclude_groups", "include_topics", "exclude_topics")
MOST_PATTERNS = 100
LONGEST_PATTERN = 249

Keeps = Callable[[str], bool]
Allowance = Callable[[str], int]
MOST_ALLOWED = 1_000_000_000


def keep_all(_name: str) -> bool:
    return True


def pattern_problems(patterns: object) -> list[str]:
    """What is wrong with a list of patterns, a sentence each."""
    if not isinstance(patterns, list) or not all(isinstance(each, str) for each in patterns):
        return ['must be a list of texts: ["orders", "shop-*"].']
    if len(patterns) > MOST_PATTERNS:
        return [f"must not hold more than {MOST_PATTERNS} patterns."]
    if any(not each or len(each) > LONGEST_PATTERN or "\0" in each for each in patterns):
        return [f"must hold patterns of 1 to {LONGEST_PATTERN} characters, without NUL."]
    return []


def keeps(include: Sequence[str], exclude: Sequence[str]) -> Keeps:
    """Whether a name is included, by any pattern or because there is none, and not excluded."""

    def keep(name: str) -> bool:
        is_included = not include or any(matches(name, each) for each in include)
        return is_included and not any(matches(name, each) for each in exclude)

    return keep


def allowance_problems(allowed: object) -> list[str]:
    """What is wrong with an object of numbers by pattern, a sentence each."""
    if not isinstance(allowed, dict):
        return ['must be an object of numbers by glob: {"payments-*": 1}.']
    if problems := pattern_problems(list(allowed)):
        return problems
    numbers = [each for each in allowed.values() if type(each) is int]
    if len(numbers) < len(allowed) or not all(0 <= each <= MOST_ALLOWED for each in numbers):
        return [f"must hold whole numbers of records, from 0 to {MOST_ALLOWED:,}."]
    return []


def allowance(allowed: Mapping[str, int]) -> Allowance:
    """What is allowed to a name: the most that any of its patterns allows, else 0.

    The most, because the order of an object's names is lost in Postgres.
    """

    if not allowed:
        return lambda _: 0

    def of(name: str) -> int:
        return max((each for pattern, each in allowed.items() if matches(name, pattern)), default=0)

    return of


def matches(name: str, pattern: str) -> bool:
    """Greedy with one way back, so at worst length times length; a regex could be exponential."""
    at = here = 0
    star, resume = -1, 0
    while at < len(name):
        if here < len(pattern) and pattern[here] == "*":
            star, resume = here, at
            here += 1
        elif here < len(pattern) and pattern[here] in ("?", name[at]):
            at, here = at + 1, here + 1
        elif star >= 0:
            resume += 1
            at, here = resume, star + 1
        else:
            return False
    return all(rest == "*" for rest in pattern[here:])
