import numpy as np
import numpy.typing as npt
import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from monitor.series import copyformat as wire
from monitor.series.arrays import columns_cursor
from monitor.series.partitions import ensure_partitions
from monitor.series.store import copy
from tests.monitor.series.worlds import NOON, make_group, store

Row = list[int | None]
numbers = st.none() | st.integers(-(2**63), 2**63 - 1)


def starts_of(rows: list[Row]) -> npt.NDArray[np.int64]:
    return np.concatenate(([0], np.cumsum([len(row) for row in rows], dtype=np.int64)))


class ArraysComeBack(TestCase):
    @given(st.lists(st.lists(numbers, max_size=5), min_size=1, max_size=5))
    def test_arrays_come_back_as_they_were_with_their_nulls(self, rows: list[Row]) -> None:
        flat = [value for row in rows for value in row]
        values = np.array([value or 0 for value in flat], dtype=np.int64)
        known = np.array([value is not None for value in flat], dtype=np.bool_)
        column = wire.number_arrays(values, starts_of(rows), "int8", known)
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMP TABLE came_back (n int, a bigint[]) ON COMMIT DROP")
            order = wire.numbers(np.arange(len(rows)), "int4")
            copy("came_back", {"n": order, "a": column})
            cursor.execute("SELECT a FROM came_back ORDER BY n")
            found = [row for (row,) in cursor.fetchall()]
            cursor.execute("DROP TABLE came_back")
        assert found == rows


@pytest.mark.django_db
def test_a_tick_comes_back_as_stored() -> None:
    _, [read] = make_group()
    store(0, read, [3, -1], [9, 4], status="WARN", time_lag=2.5)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sampled_at, committed, flags, lag, lag_max, unknown_partitions,"
            " time_lag_seconds, status, members FROM monitor_lag_sample"
        )
        assert cursor.fetchall() == [
            (NOON, [3, None], [0, 1], 6, 6, 1, 2.5, "WARN", None),
        ]
        cursor.execute("SELECT log_start, log_end, stable_end FROM monitor_head_sample")
        assert cursor.fetchall() == [([0, 0], [9, 4], [9, 4])]


@pytest.mark.django_db
def test_arrays_are_read_as_columns() -> None:
    ensure_partitions(NOON)
    with columns_cursor() as cursor:
        query = "SELECT '{3,-1,7}'::bigint[], '{1,2}'::smallint[], '{}'::bigint[]"
        [row] = cursor.execute(query).fetchall()
    assert [array.tolist() for array in row] == [[3, -1, 7], [1, 2], []]
