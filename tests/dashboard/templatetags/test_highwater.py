from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from dashboard.templatetags import highwater as tags
from dashboard.words import DASH

GROUP = {"lag": 1204, "unknown_partitions": 0, "partitions": 12}


def test_a_known_lag_is_shown_with_its_unit_on_hover() -> None:
    shown = tags.lag(SimpleNamespace(**GROUP))
    assert shown == '<span data-field="lag" title="1,204 records">1,204</span>'


def test_a_lag_with_unknown_partitions_is_at_least_that() -> None:
    shown = tags.lag(SimpleNamespace(**GROUP | {"unknown_partitions": 3}))
    assert ">≥ 1,204<" in shown
    assert "at least 1,204 records: 3 of 12 unknown" in shown


def test_an_unknown_lag_is_a_dash_with_its_reason_and_no_zero() -> None:
    shown = tags.lag(SimpleNamespace(**GROUP | {"lag": None}))
    assert ">\N{EN DASH}<" in shown
    assert "No partition&#x27;s lag is known." in shown
    assert "0" not in shown


def test_an_estimated_depth_says_that_it_is_one() -> None:
    shown = tags.depth(SimpleNamespace(depth=1_200_000, depth_is_exact=False))
    assert ">≈ 1,200,000<" in shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("orders", "orders"),
        ("", "(blank name of 0 characters)"),
        (" ", "(blank name of 1 characters)"),
    ],
)
def test_an_invisible_name_is_said_in_words(name: str, shown: str) -> None:
    assert tags.shown_name(name) == shown


def test_a_name_cannot_break_out_of_its_element() -> None:
    shown = tags.known("x", "<script>", "member")
    assert "<script>" not in shown


def test_a_sparkline_keeps_its_gaps() -> None:
    drawn = tags.sparkline([1, 2, None, 3, 4])
    lines = drawn.split('d="')[2]
    assert lines.count("M") == 2


@pytest.mark.parametrize("values", [[], [None, None], [None, 3]])
def test_a_sparkline_of_less_than_two_values_draws_nothing(values: list[float | None]) -> None:
    assert "<svg" not in tags.sparkline(values)


def test_a_strip_tells_in_words_what_its_cells_show() -> None:
    shown = tags.strip(["OK", "OK", "STOP", None], "Status")
    assert 'aria-label="Status: OK 50%, Stop 25%, not sampled 25%"' in shown
    assert '<i class="gap"></i>' in shown


def test_a_time_carries_itself_in_full() -> None:
    shown = tags.clock(datetime(2026, 3, 1, 6, 41, tzinfo=UTC))
    assert 'datetime="2026-03-01T06:41:00+00:00"' in shown
    assert ">06:41<" in shown


def test_an_instant_is_told_to_the_millisecond() -> None:
    shown = tags.instant(datetime(2026, 3, 1, 6, 41, 7, 90_400, tzinfo=UTC))
    assert 'data-time="instant"' in shown
    assert ">2026-03-01 06:41:07.090<" in shown
    assert tags.instant(None) == DASH


def test_an_offset_that_is_not_known_is_a_dash_with_its_reason() -> None:
    assert tags.known_offset(0, "Not read back yet.") == "0"
    shown = tags.known_offset(None, "Not read back yet.")
    assert shown == f'<span class="dim" title="Not read back yet.">{DASH}</span>'
