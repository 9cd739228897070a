"""The states of a replay and the moves between them."""

from enum import StrEnum

from monitor.errors import MoveNotAllowedError


class State(StrEnum):
    """Where a replay stands; the same words as `Replay.State`."""

    PLANNED = "PLANNED"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


MOVES: dict[State, frozenset[State]] = {
    State.PLANNED: frozenset({State.RUNNING, State.CANCELLED, State.EXPIRED}),
    State.RUNNING: frozenset({State.PAUSED, State.SUCCEEDED, State.FAILED, State.CANCELLED}),
    State.PAUSED: frozenset({State.RUNNING, State.CANCELLED}),
    State.SUCCEEDED: frozenset(),
    State.FAILED: frozenset(),
    State.CANCELLED: frozenset(),
    State.EXPIRED: frozenset(),
}


def allows(before: State, after: State) -> bool:
    """Whether a replay may move from `before` to `after`."""
    return after in MOVES[before]


def sources(after: State) -> list[str]:
    """The states from which `after` can be reached: the condition of an update."""
    return [before.value for before, targets in MOVES.items() if after in targets]


def is_final(state: State) -> bool:
    """Whether nothing follows."""
    return not MOVES[state]


def refusal(before: State, step: str) -> MoveNotAllowedError:
    """Why a replay in `before` cannot be `step` (a participle), for the person who asked."""
    hint = " Plan again." if before is State.EXPIRED else ""
    return MoveNotAllowedError(f"A replay that is {before.value} cannot be {step}.{hint}")
