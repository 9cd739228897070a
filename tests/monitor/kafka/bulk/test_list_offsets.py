from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import MalformedAnswerError
from monitor.kafka.bulk.list_offsets import decode, encode
from monitor.kafka.ports import Edge
from tests.monitor.kafka.bulk.answers import list_offsets
from tests.monitor.kafka.bulk.hostile import read_or_refused, refuses_a_cut

TOPICS = {b"t0": 0, b"t1": 1}
row = st.tuples(
    st.integers(-(2**31), 2**31 - 1),
    st.integers(-(2**15), 2**15 - 1),
    st.integers(-(2**63), 2**63 - 1),
)
answers = st.dictionaries(st.sampled_from(["t0", "t1"]), st.lists(row, max_size=5))


@given(answers)
def test_every_offset_is_read(answer: dict[str, list[tuple[int, int, int]]]) -> None:
    read = decode(list_offsets(answer), TOPICS)
    columns = (read.topic, read.partition, read.error, read.offset)
    assert list(zip(*(column.tolist() for column in columns), strict=True)) == [
        (TOPICS[name.encode()], *found) for name, rows in answer.items() for found in rows
    ]


@given(answers, st.data())
def test_an_answer_that_is_cut_off_is_refused(
    answer: dict[str, list[tuple[int, int, int]]], data: st.DataObject
) -> None:
    refuses_a_cut(partial(decode, topics=TOPICS), list_offsets(answer), data)


@given(st.binary(max_size=300))
def test_noise_is_refused_or_read_and_nothing_else(body: bytes) -> None:
    read = read_or_refused(partial(decode, topics=TOPICS), body)
    assert read is None or set(read.topic.tolist()) <= {0, 1}


def test_a_topic_that_was_not_asked_for_is_refused() -> None:
    with pytest.raises(MalformedAnswerError, match="not asked for"):
        decode(list_offsets({"stranger": [(0, 0, 1)]}), TOPICS)


def test_stable_ends_are_asked_for_as_a_reader_of_committed_records() -> None:
    numbers = np.array([0], dtype=np.int64)
    asked = {edge: encode([("t", numbers)], edge) for edge in Edge}
    assert [asked[edge][4] for edge in (Edge.LOG_START, Edge.LOG_END, Edge.STABLE_END)] == [0, 0, 1]
    assert asked[Edge.LOG_START] != asked[Edge.LOG_END]
