"""A state folder, and a supervisor whose children end with the test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from quickstart.state import State
from quickstart.supervisor import Supervisor


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    opened = State(tmp_path / "state")
    yield opened
    opened.release()


@pytest.fixture
def said() -> list[str]:
    """What the supervisor told the person at the terminal."""
    return []


@pytest.fixture
def supervisor(state: State, said: list[str]) -> Iterator[Supervisor]:
    supervisor = Supervisor(state.folder, said.append)
    yield supervisor
    supervisor.stop()
