"""The table of moves."""

import pytest

from monitor.models import Replay
from monitor.replay.state import MOVES, State, allows, is_final, refusal, sources


def test_the_states_are_those_of_the_table_in_the_database() -> None:
    assert [state.value for state in State] == [state.value for state in Replay.State]
    assert set(MOVES) == set(State)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (State.PLANNED, State.RUNNING),
        (State.RUNNING, State.PAUSED),
        (State.PAUSED, State.RUNNING),
        (State.RUNNING, State.SUCCEEDED),
        (State.PAUSED, State.CANCELLED),
        (State.PLANNED, State.EXPIRED),
    ],
)
def test_a_move_of_the_table_is_allowed(before: State, after: State) -> None:
    assert allows(before, after)


@pytest.mark.parametrize("state", [State.SUCCEEDED, State.FAILED, State.CANCELLED, State.EXPIRED])
def test_nothing_follows_a_final_state(state: State) -> None:
    assert is_final(state)
    assert not any(allows(state, after) for after in State)


def test_a_pause_ends_neither_well_nor_badly_by_itself() -> None:
    assert not allows(State.PAUSED, State.SUCCEEDED)
    assert sources(State.PAUSED) == ["RUNNING"]


def test_a_refusal_names_state_and_step() -> None:
    assert str(refusal(State.SUCCEEDED, "paused")) == (
        "A replay that is SUCCEEDED cannot be paused."
    )
    assert str(refusal(State.EXPIRED, "run")).endswith("Plan again.")
