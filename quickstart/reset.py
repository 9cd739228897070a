"""`reset`: forget all that a state folder keeps, and the folders of the same kind inside it."""

from pathlib import Path

from quickstart import place
from quickstart.state import State, is_ours


def reset(folder: Path) -> None:
    """Raises StateError where one of them is in use. A folder that is not ours is left alone."""
    if not folder.exists():
        return
    state = State(folder) if is_ours(folder) else None
    for inner in folder.iterdir():
        if is_ours(inner):
            reset(inner)
    if state:
        place.clear(state.folder)
        state.clear()
