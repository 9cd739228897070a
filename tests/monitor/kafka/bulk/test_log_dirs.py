from functools import partial

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from monitor.kafka.bulk.log_dirs import DescribedLogs, decode, encode
from tests.monitor.kafka.bulk.answers import log_dirs
from tests.monitor.kafka.bulk.hostile import read_or_refused, refuses_a_cut

TOPICS = {b"t0": 0, b"t1": 1}
row = st.tuples(st.integers(-(2**31), 2**31 - 1), st.integers(-(2**63), 2**63 - 1), st.booleans())
folder = st.dictionaries(st.sampled_from(["t0", "t1", "stranger"]), st.lists(row, max_size=5))
answers = st.lists(folder, max_size=3)


def rows_of(read: DescribedLogs) -> list[tuple[int, int, int]]:
    columns = (read.topic, read.partition, read.size_bytes)
    return list(zip(*(column.tolist() for column in columns), strict=True))


@given(answers)
def test_every_log_is_read_but_copies_and_topics_that_were_not_asked_for(
    answer: list[dict[str, list[tuple[int, int, bool]]]],
) -> None:
    assert rows_of(decode(log_dirs(answer), TOPICS)) == [
        (TOPICS[name.encode()], partition, size_bytes)
        for topics in answer
        for name, rows in topics.items()
        for partition, size_bytes, is_future in rows
        if name != "stranger" and not is_future
    ]


@given(answers, st.data())
def test_an_answer_that_is_cut_off_is_refused(
    answer: list[dict[str, list[tuple[int, int, bool]]]], data: st.DataObject
) -> None:
    refuses_a_cut(partial(decode, topics=TOPICS), log_dirs(answer), data)


@given(st.binary(max_size=300))
def test_noise_is_refused_or_read_and_nothing_else(body: bytes) -> None:
    read = read_or_refused(partial(decode, topics=TOPICS), body)
    assert read is None or set(read.topic.tolist()) <= {0, 1}


def test_a_refusal_has_its_code_and_no_logs() -> None:
    read = decode(log_dirs([], error=31), TOPICS)
    assert (read.error, rows_of(read)) == (31, [])


def test_partitions_are_asked_for_by_number() -> None:
    asked = encode([("t", np.array([1, 258], dtype=np.int64))])
    assert asked == b"\x02\x02t\x03\0\0\0\x01\0\0\x01\x02\0\0"
