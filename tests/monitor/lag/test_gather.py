import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from monitor.kafka.ports import CommitColumns
from monitor.lag.rows import Places, combine, keys, number_of, read_of, starts_of


def columns(*rows: tuple[int, int, int], groups: int = 3) -> CommitColumns:
    group, partition, offset = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    no_error = np.zeros(len(rows), dtype=np.int16)
    return CommitColumns(
        group.astype(np.int32), partition, offset, no_error, np.zeros(groups, dtype=np.int16)
    )


def places(*rows: tuple[int, int]) -> Places:
    return Places(*np.array(rows, dtype=np.int64).reshape(-1, 2).T)


def test_a_commit_wins_over_an_assignment_of_the_same_partition() -> None:
    no_codes = np.zeros(3, dtype=np.int16)
    rows = combine(columns((1, 5, 40)), no_codes, places((1, 5), (1, 4)), places())
    assert rows.position.tolist() == [4, 5]
    assert rows.committed.tolist() == [-1, 40]


def test_the_partitions_of_an_unreadable_group_carry_its_code() -> None:
    codes = np.array([0, 30, 0], dtype=np.int16)
    rows = combine(columns((0, 1, 9)), codes, places(), places((1, 2)))
    assert rows.code.tolist() == [0, 30]


@given(st.integers(0, 2**40), st.integers(0, 2**20 - 1))
def test_a_key_holds_what_it_was_made_of(read: int, number: int) -> None:
    key = keys(np.array([read]), np.array([number]))
    assert (read_of(key).tolist(), number_of(key).tolist()) == ([read], [number])


def test_runs_of_equal_ids_start_where_they_change() -> None:
    assert starts_of(np.array([4, 4, 7, 9, 9])).tolist() == [0, 2, 3, 5]
    assert starts_of(np.array([], dtype=np.int64)).tolist() == [0]
