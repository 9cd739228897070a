import io
import os
import re

import pytest

from quickstart.progress import Progress


def test_a_step_is_one_line_with_its_seconds() -> None:
    stream = io.StringIO()
    with Progress(stream).step("Valkey"):
        pass
    assert re.fullmatch(r"  Valkey \.\.\. \d+\.\d s\n", stream.getvalue())


def test_what_is_said_within_a_step_gets_a_line_of_its_own() -> None:
    stream = io.StringIO()
    progress = Progress(stream)
    with progress.step("Kafka"):
        progress.say("Using another.")
    assert re.fullmatch(r"  Kafka \.\.\. \nUsing another\.\n  Kafka: \d\.\d s\n", stream.getvalue())


def test_a_step_that_fails_shows_no_seconds() -> None:
    stream = io.StringIO()
    progress = Progress(stream)
    with pytest.raises(ZeroDivisionError), progress.step("Kafka"):
        raise ZeroDivisionError
    progress.end_line()
    assert stream.getvalue() == "  Kafka ... \n"


def test_a_terminal_that_went_away_stops_nothing() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as stream:
        Progress(stream).say("hello")
