import pytest
from hypothesis import given
from hypothesis import strategies as st

from highwater_events.progress import PartitionProgress


def started(*offsets: int) -> PartitionProgress:
    progress = PartitionProgress()
    for offset in offsets:
        assert progress.start(offset)
    return progress


def test_nothing_finished_means_nothing_to_commit() -> None:
    assert started(0, 1).committable() is None


def test_a_finished_record_waits_for_those_before_it() -> None:
    progress = started(5, 6, 7)
    progress.finish(7)
    progress.finish(6)
    assert (progress.committable(), progress.gap) == (None, 2)
    progress.finish(5)
    assert (progress.committable(), progress.gap) == (8, 0)


def test_holes_in_the_log_hold_nothing_up() -> None:
    progress = started(5, 90)
    progress.finish(5)
    assert progress.committable() == 6
    progress.finish(90)
    assert progress.committable() == 91


def test_the_same_offset_is_committed_once() -> None:
    progress = started(5)
    progress.finish(5)
    progress.mark_committed(6)
    assert progress.committable() is None
    assert progress.committed == 6


def test_a_record_that_is_not_behind_the_last_one_is_not_started() -> None:
    progress = started(5, 6)
    assert not progress.start(5)


def test_what_was_never_started_cannot_finish() -> None:
    with pytest.raises(KeyError):
        started(5).finish(6)


@given(st.sets(st.integers(0, 60), min_size=1), st.randoms(use_true_random=False))
def test_a_commit_never_passes_an_unfinished_record(offsets: set[int], chance) -> None:  # type: ignore[no-untyped-def]  # hypothesis' Random
    progress = started(*sorted(offsets))
    unfinished = set(offsets)
    for offset in chance.sample(sorted(offsets), len(offsets)):
        progress.finish(offset)
        unfinished.discard(offset)
        committable = progress.committable()
        assert committable is None or all(committable <= other for other in unfinished)
    assert progress.committable() == max(offsets) + 1
