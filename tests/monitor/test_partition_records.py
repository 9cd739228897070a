from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from monitor.partition_records import METHODS, Columns, PartitionRecord, packed, unpacked
from monitor.values import ReadingFlag, Status
from tests.readings import stored


def with_loss(record: PartitionRecord) -> st.SearchStrategy[PartitionRecord]:
    """Or without one."""
    lost = st.tuples(st.integers(0, 2**62), st.integers(1, 2**62))
    lossy = lost.map(lambda one: replace(record, lost_from=one[0], lost_to=one[0] + one[1]))
    return st.just(record) | lossy


offsets = st.none() | st.integers(0, 2**63 - 1)
records = st.lists(
    st.builds(
        PartitionRecord,
        committed=offsets,
        time_lag_seconds=st.none() | st.floats(0, 1e9),
        time_lag_method=st.sampled_from(METHODS),
        flags=st.builds(ReadingFlag, st.integers(0, 31)),
        status=st.none() | st.sampled_from(Status),
    ).flatmap(with_loss)
)


@given(records)
def test_records_come_back_as_they_were(rows: list[PartitionRecord]) -> None:
    body = stored(
        committed=[row.committed for row in rows],
        flags=[row.flags for row in rows],
        statuses=[row.status for row in rows],
        time_lag_seconds=[row.time_lag_seconds for row in rows],
        time_lag_methods=[row.time_lag_method for row in rows],
        losses=[
            None if row.lost_from is None or row.lost_to is None else (row.lost_from, row.lost_to)
            for row in rows
        ],
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
        lost=np.array([0, -1, 4]),
        lost_to=np.array([-1, -1, 20]),
    )
    first, nothing, second = packed(columns, np.array([0, 1, 1, 3]))
    assert [one.committed for one in unpacked(first)] == [7]
    assert unpacked(nothing) == ()
    assert [one.committed for one in unpacked(second)] == [8, 9]
    losses = [(one.lost_from, one.lost_to) for one in (*unpacked(first), *unpacked(second))]
    assert losses == [(None, None), (None, None), (16, 20)]
    assert (first[:1], second[:1]) == (b"\x01", b"\x02")


def test_the_form_of_version_one_stays_readable() -> None:
    record = (5).to_bytes(8, "little") + b"\0\0\0\0\0\0\xf8\x3f" + b"\x04\0" + b"\x00" + b"\x01"
    [read] = unpacked(b"\x01" + record)
    assert read == PartitionRecord(5, 1.5, "timeline", ReadingFlag.TRUNCATED, Status.OK)


def test_the_form_of_version_two_stays_readable() -> None:
    head = (1).to_bytes(4, "little")
    loss = b"\0\0\0\0" + (6).to_bytes(8, "little") + (9).to_bytes(8, "little")
    record = (5).to_bytes(8, "little") + b"\0\0\0\0\0\0\xf8\x3f" + b"\x02\0" + b"\x08" + b"\x01"
    [read] = unpacked(b"\x02" + head + loss + record)
    assert read == PartitionRecord(5, 1.5, "timeline", ReadingFlag.LOST, Status.LOSING, 6, 9)


def test_another_form_and_what_was_never_read_are_unknown() -> None:
    assert unpacked(b"") == ()
    assert unpacked(b"\x63 what another version wrote") == ()


def test_a_partition_without_commit_and_status_is_not_the_groups() -> None:
    nothing = PartitionRecord(None, None, None, ReadingFlag.NORMAL, None)
    assert not nothing.is_read
    assert PartitionRecord(None, None, None, ReadingFlag.NO_COMMIT, Status.UNKNOWN).is_read
