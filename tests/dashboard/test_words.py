"""The cases that `tests/browser/test_words.py` puts to the browser's words too."""

import json
from pathlib import Path
from typing import Any

import pytest

from dashboard import words

CASES: dict[str, list[Any]] = json.loads(
    (Path(__file__).parent / "words_cases.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("name", ["count", "compact", "rate", "duration"])
def test_numbers_read_as_the_table_says(name: str) -> None:
    said = [(number, getattr(words, name)(number)) for number, _ in CASES[name]]
    assert said == [tuple(case) for case in CASES[name]]


@pytest.mark.parametrize(("rates", "text"), CASES["trend"])
def test_a_trend_says_where_lag_goes_and_how_fast(rates: list[float], text: str | None) -> None:
    moves = words.trend(*rates)
    assert (moves.text if moves else None) == text


@pytest.mark.parametrize(("facts", "text"), CASES["outlook"])
def test_an_outlook_says_what_comes_of_it(facts: list[float], text: str) -> None:
    assert words.outlook(*facts) == text


@pytest.mark.parametrize(("facts", "text"), CASES["aside"])
def test_beside_a_status_stands_what_samples_find_or_what_was_before(
    facts: tuple[str, int, str], text: str
) -> None:
    assert words.aside(*facts) == text


@pytest.mark.parametrize(("records", "text"), CASES["lost_note"])
def test_lost_records_are_counted(records: int | None, text: str) -> None:
    assert words.lost_note(records) == text


@pytest.mark.parametrize(("facts", "text"), CASES["loss_note"])
def test_a_loss_says_what_it_comes_by(facts: tuple[float | None, str], text: str) -> None:
    assert words.loss_note(*facts) == text


@pytest.mark.parametrize(("rates", "text"), CASES["quarter"])
def test_rates_of_15_minutes_stand_beside_those_of_one(
    rates: tuple[float | None, float | None], text: str
) -> None:
    assert words.quarter(*rates) == text


@pytest.mark.parametrize(
    ("groups", "topics", "text"),
    [
        (None, None, ""),
        (0, 0, ""),
        (0, 1, "1 topic is left out by this cluster's patterns"),
        (0, 1203, "1,203 topics are left out by this cluster's patterns"),
        (1, 1, "1 topic and 1 group are left out by this cluster's patterns"),
    ],
)
def test_what_patterns_leave_out_is_counted_in_words(
    groups: int | None, topics: int | None, text: str
) -> None:
    assert words.left_out(groups, topics) == text
