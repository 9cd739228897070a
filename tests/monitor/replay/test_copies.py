"""What is written for each record."""

from highwater_events.broker.base import Record
from highwater_events.provenance import is_replay
from monitor.replay.copies import copy_of
from monitor.replay.requests import Partitioning, RepublishRequest, Timestamps

RECORD = Record("orders", 3, 17, 1_772_366_400_000, b"k", None, (("a", b"1"), ("a", None)))
TO_COPIES = RepublishRequest("orders", "copies")


def test_key_value_headers_time_and_partition_are_kept() -> None:
    copy = copy_of(RECORD, TO_COPIES, 9)
    assert (copy.topic, copy.key, copy.value) == ("copies", b"k", None)
    assert (copy.partition, copy.timestamp_ms) == (3, 1_772_366_400_000)
    assert copy.headers[:2] == RECORD.headers


def test_the_copy_says_where_it_comes_from() -> None:
    assert copy_of(RECORD, TO_COPIES, 9).headers[2:] == (
        ("highwater-original-topic", b"orders"),
        ("highwater-original-partition", b"3"),
        ("highwater-original-offset", b"17"),
        ("highwater-original-timestamp-ms", b"1772366400000"),
        ("highwater-replay-id", b"9"),
        ("highwater-replay-count", b"1"),
    )
    assert is_replay(copy_of(RECORD, TO_COPIES, 9).headers)


def test_by_key_and_renewed_leave_partition_and_time_to_the_broker() -> None:
    request = RepublishRequest("orders", partitioning=Partitioning.KEY, timestamps=Timestamps.RENEW)
    copy = copy_of(RECORD, request, 9)
    assert (copy.topic, copy.partition, copy.timestamp_ms) == ("orders", None, None)


def test_a_copy_of_a_copy_keeps_its_origin_and_counts() -> None:
    first = copy_of(RECORD, TO_COPIES, 9)
    again = Record("copies", 0, 0, 5, first.key, first.value, first.headers)
    headers = dict(copy_of(again, TO_COPIES, 12).headers)
    assert headers["highwater-original-topic"] == b"orders"
    assert headers["highwater-original-offset"] == b"17"
    assert (headers["highwater-replay-id"], headers["highwater-replay-count"]) == (b"12", b"2")


def test_a_count_that_is_no_number_starts_anew() -> None:
    odd = Record("t", 0, 0, 5, None, None, (("highwater-replay-count", b"x"),))
    assert dict(copy_of(odd, TO_COPIES, 1).headers)["highwater-replay-count"] == b"1"
