from functools import partial
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.errors import MalformedAnswerError
from monitor.kafka.bulk.offset_fetch import FetchedCommits, decode
from tests.monitor.kafka.bulk.answers import Commit, Topics, offset_fetch
from tests.monitor.kafka.bulk.hostile import read_or_refused, refuses_a_cut

TOPICS = {b"t0": 0, b"t1": 1, b"t2": 2}
GROUPS = {b"g0": 0, b"g1": 1}
decode_all = partial(decode, names=GROUPS, topics=TOPICS)

commit = st.builds(
    Commit,
    partition=st.integers(-(2**31), 2**31 - 1),
    offset=st.integers(-(2**63), 2**63 - 1),
    metadata=st.one_of(st.just(""), st.none(), st.text(max_size=200)),
    error=st.integers(-(2**15), 2**15 - 1),
    tags=st.sampled_from([b"\0", b"\0", b"\0", b"\x01\x00\x02ab"]),
)
topics = st.dictionaries(
    st.sampled_from(["t0", "t1", "t2", "unknown"]), st.lists(commit, max_size=5)
)
groups = st.dictionaries(
    st.sampled_from(["g0", "g1"]), st.tuples(topics, st.integers(-(2**15), 2**15 - 1))
)


def rows(read: FetchedCommits) -> list[tuple[Any, ...]]:
    columns = (read.group, read.topic, read.partition, read.offset, read.error)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def expected(answer: dict[str, tuple[Topics, int]]) -> list[tuple[Any, ...]]:
    return [
        (GROUPS[name.encode()], TOPICS[topic.encode()], one.partition, one.offset, one.error)
        for name, (of_topics, _) in answer.items()
        for topic, commits in of_topics.items()
        if topic.encode() in TOPICS
        for one in commits
    ]


@given(groups)
@example({"g0": ({"t0": [Commit(0, 1), Commit(1, 2, metadata="streams"), Commit(2, 3)]}, 0)})
@example({"g0": ({"t0": [Commit(0, 1, tags=b"\x01\x00\x02ab"), Commit(1, 2)]}, 16)})
def test_every_commit_is_read_with_and_without_metadata(
    answer: dict[str, tuple[Topics, int]],
) -> None:
    read = decode(offset_fetch(answer), GROUPS, TOPICS)
    assert rows(read) == expected(answer)
    assert read.is_answered == [name.decode() in answer for name in GROUPS]
    codes = [answer.get(name.decode(), ({}, 0))[1] for name in GROUPS]
    assert read.group_error.tolist() == codes


def test_an_answer_for_a_group_that_was_not_asked_for_is_refused() -> None:
    with pytest.raises(MalformedAnswerError, match="not asked for"):
        decode(offset_fetch({"stranger": ({}, 0)}), GROUPS, TOPICS)


@given(groups, st.data())
def test_an_answer_that_is_cut_off_is_refused(
    answer: dict[str, tuple[Topics, int]], data: st.DataObject
) -> None:
    refuses_a_cut(decode_all, offset_fetch(answer), data)


@given(st.binary(max_size=300))
def test_noise_is_refused_or_read_and_nothing_else(body: bytes) -> None:
    read = read_or_refused(decode_all, body)
    assert read is None or len(read.group) == len(read.offset) == len(read.error)


@given(groups, st.integers(0, 2000), st.integers(0, 255))
def test_a_changed_byte_is_refused_or_read_and_nothing_else(
    answer: dict[str, tuple[Topics, int]], place: int, value: int
) -> None:
    body = bytearray(offset_fetch(answer))
    body[place % len(body)] = value
    read = read_or_refused(decode_all, bytes(body))
    assert read is None or set(read.group.tolist()) <= {0, 1}
    assert read is None or set(read.topic.tolist()) <= {0, 1, 2}


def test_an_answer_that_goes_on_is_refused() -> None:
    with pytest.raises(MalformedAnswerError, match="goes on"):
        decode(offset_fetch({"g0": ({"t0": [Commit(0, 1)]}, 0)}) + b"\0", GROUPS, TOPICS)


def test_metadata_in_a_topic_that_the_catalogue_lacks_moves_nothing_out_of_place() -> None:
    of_topics = {"unknown": [Commit(9, 9, metadata="x" * 200)], "t0": [Commit(0, 1)]}
    assert rows(decode(offset_fetch({"g0": (of_topics, 0)}), GROUPS, TOPICS)) == [(0, 0, 0, 1, 0)]
