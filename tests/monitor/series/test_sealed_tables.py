"""Any samples go through the tables and come back: open rows, blocks, charts of both."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from monitor.models import Group, GroupTopic
from monitor.series import seal
from monitor.series.partitions import HOUR
from monitor.series.read import group_series
from monitor.series.store import HeadRows, LagRows, write_heads, write_lags
from monitor.series.verify import verify
from monitor.values import Status
from tests.monitor.series.test_seal import drop_open_rows
from tests.monitor.series.worlds import NOON, at, make_group

offsets = st.integers(-1, 2**62)
# A handful of ticks around the end of an hour, where most can go wrong.
ticks = st.lists(st.integers(352, 368), min_size=1, max_size=8, unique=True).map(sorted)


@dataclass(frozen=True)
class Sample:
    tick: int
    commits: list[int]
    flags: list[int]
    heads: list[list[tuple[int, int, int]]]  # by shard
    lag: int
    time_lag: float
    status: str


@st.composite
def samples(draw: st.DrawFn, tick: int) -> Sample:
    width = draw(st.integers(0, 3))
    head = st.lists(st.tuples(offsets, offsets, offsets), max_size=4)
    return Sample(
        tick,
        commits=draw(st.lists(offsets, min_size=width, max_size=width)),
        flags=draw(st.lists(st.integers(0, 31), min_size=width, max_size=width)),
        heads=draw(st.lists(head, max_size=2)),
        lag=draw(offsets),
        time_lag=draw(st.just(float("nan")) | st.floats(0, 1e9)),
        status=draw(st.sampled_from([status.value for status in Status])),
    )


@st.composite
def histories(draw: st.DrawFn) -> list[Sample]:
    return [draw(samples(tick)) for tick in draw(ticks)]


def store(read: GroupTopic, sample: Sample) -> None:
    width, moment = len(sample.commits), at(sample.tick)
    for shard, edges in enumerate(sample.heads):
        columns = np.array(edges, dtype=np.int64).reshape(len(edges), 3).T
        starts = np.array([0, len(edges)])
        write_heads(moment, shard, HeadRows(np.array([read.topic_id]), starts, *columns))
    write_lags(
        moment,
        0,
        LagRows(
            group_topic_ids=np.array([read.pk]),
            starts=np.array([0, width]),
            committed=np.array(sample.commits, dtype=np.int64),
            flags=np.array(sample.flags, dtype=np.int16),
            lag=np.array([sample.lag]),
            lag_max=np.array([sample.lag]),
            unknown_partitions=np.array([sum(commit < 0 for commit in sample.commits)]),
            time_lag_seconds=np.array([sample.time_lag]),
            statuses=[sample.status],
            members=np.array([sample.tick % 3 - 1]),
        ),
    )


def charts(group: Group) -> list[dict[str, Any]]:
    """By sample, in few buckets, a part of it, and by hour."""
    end = NOON + 2 * HOUR
    reaches = [(NOON, 1000), (NOON, 3), (at(357), 1000), (NOON - timedelta(days=20), 1000)]
    return [
        asdict(group_series(group.pk, start=start, end=end, points=points))
        for start, points in reaches
    ]


class AnySamples(TestCase):
    @settings(max_examples=25)
    @given(st.lists(histories(), min_size=1, max_size=2))
    def test_charts_are_the_same_however_much_is_sealed(
        self, by_topic: Sequence[list[Sample]]
    ) -> None:
        group, reads = make_group(topics=len(by_topic))
        for read, history in zip(reads, by_topic, strict=True):
            for sample in history:
                store(read, sample)
        before = charts(group)
        for hour in (NOON, NOON + HOUR):
            assert seal.seal(hour)
            assert charts(group) == before
        checked = verify(NOON, NOON + 2 * HOUR)
        assert checked.problems == []
        assert checked.open_samples == sum(map(len, by_topic))
        drop_open_rows()
        assert charts(group) == before
        assert verify(NOON, NOON + 2 * HOUR).problems == []
