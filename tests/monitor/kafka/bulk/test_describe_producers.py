from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import MalformedAnswerError
from monitor.kafka.bulk.describe_producers import decode, encode
from tests.monitor.kafka.bulk.answers import producers
from tests.monitor.kafka.bulk.hostile import read_or_refused, refuses_a_cut

TOPICS = {b"t0": 0, b"t1": 1}
whole = st.integers(-(2**63), 2**63 - 1)
row = st.tuples(whole, st.integers(-(2**31), 2**31 - 1), whole, whole)
partitions = st.dictionaries(st.integers(0, 2**31 - 1), st.lists(row, max_size=4), max_size=3)
answers = st.dictionaries(st.sampled_from(["t0", "t1"]), partitions)

Answer = dict[str, dict[int, list[tuple[int, int, int, int]]]]


@given(answers)
def test_every_open_transaction_is_read(answer: Answer) -> None:
    assert decode(producers(answer), TOPICS) == [
        (TOPICS[name.encode()], partition, *one)
        for name, of_topic in answer.items()
        for partition, rows in of_topic.items()
        for one in rows
        if one[2] >= 0  # below zero: no transaction is open
    ]


@given(answers, st.data())
def test_an_answer_that_is_cut_off_is_refused(answer: Answer, data: st.DataObject) -> None:
    refuses_a_cut(partial(decode, topics=TOPICS), producers(answer), data)


@given(st.binary(max_size=300))
def test_noise_is_refused_or_read_and_nothing_else(body: bytes) -> None:
    read = read_or_refused(partial(decode, topics=TOPICS), body)
    assert read is None or {one.topic for one in read} <= {0, 1}


def test_a_refused_partition_has_no_producers() -> None:
    assert decode(producers({"t0": {0: []}}, error=29), TOPICS) == []


def test_a_topic_that_was_not_asked_for_is_refused() -> None:
    with pytest.raises(MalformedAnswerError, match="not asked for"):
        decode(producers({"stranger": {0: []}}), TOPICS)


def test_partitions_are_asked_for_by_number() -> None:
    asked = encode([("t", np.array([1, 258], dtype=np.int64))])
    assert asked == b"\x02\x02t\x03\0\0\0\x01\0\0\x01\x02\0\0"
