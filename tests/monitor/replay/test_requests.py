"""Requests that need no cluster to be refused, and their way through JSON."""

from typing import Any

import pytest

from monitor.errors import PlanRefusedError
from monitor.replay.requests import (
    Partitioning,
    RepublishRequest,
    RewindRequest,
    RewindTo,
    Timestamps,
    as_json,
    check_republish,
    check_rewind,
    milliseconds,
    parse_partitions,
    parse_topics,
    republish_from_json,
    rewind_from_json,
)

MARCH_MS = 1_772_366_400_000


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"group": ""}, "Name the group"),
        ({"group": "a\0b"}, "NUL"),
        ({"group": "a\udcff"}, "no UTF-8"),
        ({"group": "é" * 20_000}, "longer than Kafka's"),
        ({"topics": {"a\udcff": ()}}, "no UTF-8"),
        ({"topics": {"__consumer_offsets": ()}}, "internal topic"),
        ({"topics": {"orders": (-1,)}}, "numbered from zero"),
        ({"to": RewindTo.OFFSET}, "takes offset"),
        ({"to": RewindTo.OFFSET, "offset": -1}, "zero or more"),
        ({"to": RewindTo.DATETIME, "at": "yesterday"}, "is not a time"),
        ({"to": RewindTo.DATETIME, "at": "1969-12-31T23:59:59.999Z"}, "before 1970"),
        ({"to": RewindTo.DATETIME, "at": "9999-12-31T23:59:59-01:00"}, "after the year 9999"),
        ({"to": RewindTo.DATETIME, "at": "9999-12-31T23:59:59.9999Z"}, "after the year 9999"),
        ({"to": RewindTo.LATEST, "shift_by": 3}, "takes no value, not shift_by"),
    ],
)
def test_a_rewind_that_cannot_be_is_refused(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(PlanRefusedError, match=sentence):
        check_rewind(RewindRequest(**{"group": "billing", "to": RewindTo.EARLIEST} | fields))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"topic": ""}, "Name the topic"),
        ({"topic": "__transaction_state"}, "internal topic"),
        ({"target": "__consumer_offsets"}, "internal topic"),
        ({"rate_limit_per_second": -5}, "above zero"),
        ({"rate_limit_per_second": 0}, "above zero"),
        ({"rate_limit_per_second": 2**31}, "at most 2,147,483,647"),
        ({"from_offset": 7, "to_offset": 6}, "ends before it begins"),
        ({"from_time": "2026-03-02", "to_time": "2026-03-01"}, "ends before it begins"),
        ({"from_offset": -1}, "zero or more"),
        ({"from_time": "1969-12-31T23:59:59.998Z"}, "before 1970"),
        ({"from_offset": 1, "from_time": "2026-03-02"}, "not both"),
        ({"to_offset": 1, "to_time": "2026-03-02"}, "not both"),
        ({"partitions": (-1,)}, "numbered from zero"),
    ],
)
def test_a_republish_that_cannot_be_is_refused(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(PlanRefusedError, match=sentence):
        check_republish(RepublishRequest(**{"topic": "orders"} | fields))


@pytest.mark.parametrize(
    "text",
    ["2026-03-01T12:00:00", "2026-03-01T12:00:00.000Z", "2026-03-01T14:00:00+02:00"],
)
def test_a_time_without_a_zone_is_utc(text: str) -> None:
    assert milliseconds(text) == MARCH_MS


def test_a_rewind_comes_back_from_json_as_it_was() -> None:
    request = RewindRequest("billing", RewindTo.OFFSET, {"orders": (0, 3)}, offset=7)
    assert rewind_from_json(as_json(request)) == request


def test_a_republish_comes_back_from_json_as_it_was() -> None:
    request = RepublishRequest(
        "orders",
        "copies",
        (1, 2),
        rate_limit_per_second=5,
        partitioning=Partitioning.KEY,
        timestamps=Timestamps.RENEW,
    )
    assert republish_from_json(as_json(request)) == request


def test_topics_are_written_as_kafkas_tool_has_them() -> None:
    assert parse_topics(["orders:3,0", "payments"]) == {"orders": (0, 3), "payments": ()}
    with pytest.raises(PlanRefusedError, match="list of partitions"):
        parse_partitions("0,x")


@pytest.mark.parametrize(
    ("texts", "means"),
    [
        (["orders:0", "orders:0,3"], (0, 3)),
        (["orders", "orders:0"], ()),
        (["orders:0", "orders"], ()),
    ],
)
def test_a_topic_named_twice_means_all_that_either_names(
    texts: list[str], means: tuple[int, ...]
) -> None:
    assert parse_topics(texts) == {"orders": means}
