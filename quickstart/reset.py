"""`reset`: forget all that a state folder keeps, and the folders of the same kind inside it."""

from pathlib import Path

from quickstart import place
from quickstart.errors import StateError
from quickstart.state import State, foreign_entries, is_ours


def reset(folder: Path) -> None:
    """Raises StateError where one of them is in use, or where it holds what is not ours."""
    if not folder.exists():
        return
    if not is_ours(folder) and (foreign := foreign_entries(folder)):
        raise StateError(
            f"{folder} holds other things ({', '.join(foreign[:3])}), so nothing in it is cleared."
        )
    if not is_ours(folder):
        _reset_inner(folder)
        return
    state = State(folder)
    try:
        _reset_inner(folder)
        place.clear(state.folder)
        state.clear()
    finally:
        state.release()


def _reset_inner(folder: Path) -> None:
    for inner in folder.iterdir():
        if is_ours(inner):
            reset(inner)
