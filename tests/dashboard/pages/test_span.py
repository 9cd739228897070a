from datetime import UTC, datetime, timedelta

import pytest

from dashboard.pages.span import offered, read_span

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEPT_DAYS = 400


def epoch(hours_ago: float) -> str:
    return str((NOW - timedelta(hours=hours_ago)).timestamp())


def test_the_picker_offers_no_more_than_is_kept() -> None:
    assert offered(1) == ["15m", "1h", "6h", "24h"]
    assert offered(400)[-3:] == ["7d", "30d", "400d"]


def test_without_a_word_it_is_the_last_hour() -> None:
    span = read_span({}, NOW, KEPT_DAYS)
    assert (span.start, span.end, span.parameters) == (NOW - timedelta(hours=1), NOW, {})


def test_a_named_range_moves_on_and_is_carried_by_links() -> None:
    span = read_span({"range": "6h"}, NOW, KEPT_DAYS)
    assert span.length == timedelta(hours=6)
    assert span.parameters == {"range": "6h"}
    assert read_span({"range": "400d"}, NOW, KEPT_DAYS).length == timedelta(days=400)


def test_a_range_of_ones_own_stands_and_is_carried() -> None:
    span = read_span({"from": epoch(3), "to": epoch(2)}, NOW, KEPT_DAYS)
    assert (span.name, span.length) == ("", timedelta(hours=1))
    assert read_span(span.parameters, NOW, KEPT_DAYS) == span


def test_a_range_is_cut_to_what_is_kept() -> None:
    span = read_span({"from": epoch(500 * 24), "to": epoch(-5)}, NOW, KEPT_DAYS)
    assert (span.start, span.end) == (NOW - timedelta(days=400), NOW)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"range": "8d"}, "Ranges are 15m"),
        ({"from": epoch(1), "to": epoch(2)}, "ends before it starts"),
        ({"from": "yesterday", "to": "now"}, "epoch seconds"),
        ({"from": "1e400", "to": "2"}, "epoch seconds"),
        ({"from": "nan", "to": "2"}, "epoch seconds"),
        ({"from": epoch(1)}, "epoch seconds"),
        ({"from": epoch(401 * 24), "to": epoch(401 * 24 - 1)}, "kept 400 days"),
    ],
)
def test_a_range_that_cannot_be_is_replaced_and_says_why(
    parameters: dict[str, str], said: str
) -> None:
    span = read_span(parameters, NOW, KEPT_DAYS)
    assert said in span.problem
    assert span.length == timedelta(hours=1)
