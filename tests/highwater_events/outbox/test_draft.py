import datetime
import decimal
import uuid
from typing import Any

import pytest
from django.core.serializers.json import DjangoJSONEncoder
from hypothesis import given
from hypothesis import strategies as st

from highwater_events.broker.base import Record
from highwater_events.envelope import Event, from_record, to_record
from highwater_events.errors import PayloadError
from highwater_events.models import OutboxRow
from highwater_events.outbox import draft

TEXTS = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=50)


def make(**changes: Any) -> Event:
    given: dict[str, Any] = {
        "aggregate_type": "order",
        "aggregate_id": "7",
        "source": "/shop",
        "content_type": draft.JSON,
        "headers": {},
    }
    payload = changes.pop("payload", b"{}")
    event_type = changes.pop("event_type", "OrderPlaced")
    return draft.draft(event_type, payload, **{**given, **changes})


def encode(payload: Any, content_type: str = draft.JSON) -> bytes:
    return draft.encode(payload, content_type, DjangoJSONEncoder)


def test_a_payload_becomes_compact_json() -> None:
    assert encode({"a": [1, "é"]}) == '{"a":[1,"é"]}'.encode()


def test_dates_decimals_and_uuids_become_texts() -> None:
    values = [datetime.date(2026, 1, 2), decimal.Decimal("1.50"), uuid.UUID(int=1)]
    assert encode(values) == b'["2026-01-02","1.50","00000000-0000-0000-0000-000000000001"]'


@pytest.mark.parametrize("payload", [object(), {1, 2}, float("nan"), b"x", "\ud800", {(1,): 1}])
def test_what_is_not_json_is_refused(payload: Any) -> None:
    with pytest.raises(PayloadError, match="JSON"):
        encode(payload)


def test_a_payload_that_holds_itself_is_refused() -> None:
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(PayloadError, match="JSON"):
        encode(loop)


def test_bytes_of_another_type_go_out_as_they_are() -> None:
    assert encode(b"\x00\x01", "application/avro") == b"\x00\x01"


def test_another_type_needs_bytes() -> None:
    with pytest.raises(PayloadError, match="must be bytes"):
        encode({}, "application/avro")


@pytest.mark.parametrize("argument", ["event_type", "aggregate_type", "aggregate_id"])
@pytest.mark.parametrize("value", ["", "x" * 256, "a\0b", "\ud800"])
def test_a_bad_name_is_refused_by_its_argument(argument: str, value: str) -> None:
    with pytest.raises(PayloadError, match=argument):
        make(**{argument: value})


def test_a_content_type_that_its_column_cannot_hold_is_refused_with_the_limit() -> None:
    assert make(content_type="x" * 100).content_type == "x" * 100
    with pytest.raises(PayloadError, match="content_type must be a text of 1 to 100 characters"):
        make(content_type="x" * 101)


def test_the_limits_are_those_of_the_columns() -> None:
    columns = {"event_type": "type", "aggregate_type": "aggregatetype"}
    columns |= {"aggregate_id": "aggregateid", "content_type": "content_type"}
    held = {field.name: field.max_length for field in OutboxRow._meta.fields}
    assert {name: held[column] for name, column in columns.items()} == draft.MAX_CHARS


@pytest.mark.parametrize("headers", [{"a": "b\0"}, {"a": 1}, {"\ud800": "a"}])
def test_a_header_that_no_database_takes_is_refused(headers: dict[str, Any]) -> None:
    with pytest.raises(PayloadError, match="without NUL"):
        make(headers=headers)


@pytest.mark.parametrize("name", ["ce_id", "content-type"])
def test_a_header_that_the_event_sets_is_refused(name: str) -> None:
    with pytest.raises(PayloadError, match="leave it out"):
        make(headers={name: "x"})


def test_trace_headers_are_told_from_the_services_own() -> None:
    headers = {"traceparent": "00-1", "tenant": "a"}
    assert make(headers=headers).headers == {"tenant": "a"}
    assert draft.given_trace(headers) == {"traceparent": "00-1"}


def test_a_trace_state_that_is_too_long_is_dropped() -> None:
    trace = {"traceparent": "00-1", "tracestate": "x" * 513}
    assert draft.fitting_trace(trace) == {"traceparent": "00-1"}


def test_the_largest_event_is_taken_and_one_byte_more_is_not() -> None:
    spare = draft.MAX_RECORD_BYTES - draft._size_bytes(to_record(make(payload=b""), "t"))
    draft.check_record(make(payload=b"x" * (spare - 10)), "t")
    with pytest.raises(PayloadError, match="1,000,000 is the limit"):
        draft.check_record(make(payload=b"x" * (spare + 10)), "t")


@pytest.mark.parametrize("topic", ["", "a b", "x" * 250, "a/b", ".", "..", "orders\n"])
def test_a_topic_that_no_broker_takes_is_refused(topic: str) -> None:
    with pytest.raises(PayloadError, match="topic's name"):
        draft.check_record(make(), topic)


@pytest.mark.parametrize("topic", ["...", "x" * 249, "a.B_c-9"])
def test_a_topic_that_a_broker_takes_is_taken(topic: str) -> None:
    draft.check_record(make(), topic)


@given(TEXTS.filter(bool), st.dictionaries(TEXTS.map("x-".__add__), TEXTS, max_size=3))
def test_a_draft_survives_its_way_through_a_record(
    aggregate_id: str, headers: dict[str, str]
) -> None:
    event = make(aggregate_id=aggregate_id, headers=headers)
    sent = to_record(event, "t")
    assert from_record(Record("t", 0, 0, None, sent.key, sent.value, sent.headers)) == event
