"""Groups nobody uses, by columns as by the rule."""

from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from monitor.lag.damping import Standing
from monitor.lag.judge import is_abandoned
from monitor.lag.roster import KnownGroup
from monitor.lag.usage import readable, usage
from monitor.values import Status

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
MEMBERS = {1: True, 0: False, -1: None}

ages = st.none() | st.sampled_from(
    [timedelta(0), timedelta(hours=1), DAY - timedelta(milliseconds=1), DAY, 2 * DAY]
)
groups = st.lists(
    st.tuples(ages, st.sampled_from([1, 0, -1]), st.booleans(), st.booleans()), max_size=6
)


def known(age: timedelta | None) -> KnownGroup:
    standing = Standing(Status.STOP, Status.STOP)
    return KnownGroup(1, standing, AT, used_at=None if age is None else AT - age)


@given(groups)
def test_the_columns_say_what_the_rule_says(
    some: list[tuple[timedelta | None, int, bool, bool]],
) -> None:
    found = usage(
        [known(age) for age, _, _, _ in some],
        np.arange(len(some)),
        np.array([moved for *_, moved in some], dtype=np.bool_),
        has_members=np.array([members for _, members, _, _ in some], dtype=np.int8),
        is_readable=np.array([is_readable for _, _, is_readable, _ in some], dtype=np.bool_),
        slot_at=AT,
        abandoned_after=DAY,
    )
    for place, (age, members, is_readable, moved) in enumerate(some):
        is_used = moved or members == 1 or not age
        unused = timedelta(0) if is_used or age is None else age
        assert bool(found.is_used[place]) is is_used
        assert bool(found.is_abandoned[place]) is is_abandoned(
            has_members=MEMBERS[members],
            is_readable=is_readable,
            unused_ms=unused // timedelta(milliseconds=1),
            abandoned_after_ms=DAY // timedelta(milliseconds=1),
        )


def test_one_commit_that_cannot_be_read_makes_its_group_unreadable() -> None:
    found = readable(
        np.array([0, 30, 0], dtype=np.int16),
        np.array([0, 0, 2]),
        np.array([0, 29, 0], dtype=np.int16),
    )
    assert found.tolist() == [False, False, True]
