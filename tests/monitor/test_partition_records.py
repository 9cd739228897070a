import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from monitor.partition_records import METHODS, Columns, PartitionRecord, packed, unpacked
from monitor.values import ReadingFlag, Status
from tests.readings import stored

offsets = st.none() | st.integers(0, 2**63 - 1)
records = st.lists(
    st.builds(
        PartitionRecord,
        committed=offsets,
        time_lag_seconds=st.none() | st.floats(0, 1e9),
        time_lag_method=st.sampled_from(METHODS),
        flags=st.builds(ReadingFlag, st.integers(0, 31)),
        status=st.none() | st.sampled_from(Status),
    )
)


@given(records)
def test_records_come_back_as_they_were(rows: list[PartitionRecord]) -> None:
    body = stored(
        committed=[row.committed for row in rows],
        flags=[row.flags for row in rows],
        statuses=[row.status for row in rows],
        time_lag_seconds=[row.time_lag_seconds for row in rows],
        time_lag_methods=[row.time_lag_method for row in rows],
    )
    assert list(unpacked(memoryview(body))) == rows


def test_columns_are_cut_where_one_topic_ends_and_the_next_begins() -> None:
    three = np.array([7, 8, 9])
    columns = Columns(
        committed=three,
        time_lag_seconds=np.full(3, np.nan),
        flags=np.zeros(3, dtype=np.int16),
        status=np.zeros(3, dtype=np.int8),
        method=np.zeros(3, dtype=np.int8),
    )
    first, nothing, second = packed(columns, np.array([0, 1, 1, 3]))
    assert [one.committed for one in unpacked(first)] == [7]
    assert unpacked(nothing) == ()
    assert [one.committed for one in unpacked(second)] == [8, 9]


def test_the_form_of_version_one_stays_readable() -> None:
    record = (5).to_bytes(8, "little") + b"\0\0\0\0\0\0\xf8\x3f" + b"\x04\0" + b"\x00" + b"\x01"
    [read] = unpacked(b"\x01" + record)
    assert read == PartitionRecord(5, 1.5, "timeline", ReadingFlag.TRUNCATED, Status.OK)


def test_another_form_and_what_was_never_read_are_unknown() -> None:
    assert unpacked(b"") == ()
    assert unpacked(b"\x63 what another version wrote") == ()


def test_a_partition_without_commit_and_status_is_not_the_groups() -> None:
    nothing = PartitionRecord(None, None, None, ReadingFlag.NORMAL, None)
    assert not nothing.is_read
    assert PartitionRecord(None, None, None, ReadingFlag.NO_COMMIT, Status.UNKNOWN).is_read
