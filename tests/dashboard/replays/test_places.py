from datetime import UTC, datetime
from typing import Any

import pytest

from dashboard.replays.places import Place, aim, begin, end

NOON = Place("to", datetime(2026, 3, 1, 12, tzinfo=UTC))


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        ({"to": "earliest"}, Place("to the log start")),
        ({"to": "latest"}, Place("to the log end")),
        ({"to": "offset", "offset": 9120448}, Place("to offset 9,120,448")),
        ({"to": "datetime", "at": "2026-03-01T12:00:00"}, NOON),
        ({"to": "datetime", "at": "2026-03-01T14:00:00+02:00"}, NOON),
        ({"to": "shift-by", "shift_by": -1200}, Place("by 1,200 records back")),
        ({"to": "shift-by", "shift_by": 5}, Place("by 5 records ahead")),
        ({}, Place("")),  # a republish leads nowhere of this kind
    ],
)
def test_where_a_rewind_leads_is_said_in_words(asked: dict[str, Any], place: Place) -> None:
    assert aim(asked) == place


def test_a_range_without_bounds_is_the_whole_log() -> None:
    assert begin({}) == Place("the log start")
    assert end({"to_offset": None, "to_time": ""}) == Place("the end at plan time")


def test_a_range_has_offsets_or_times() -> None:
    assert begin({"from_offset": 0}) == Place("offset 0")
    assert end({"to_time": "2026-03-01T12:00:00Z"}) == Place("", NOON.moment)
