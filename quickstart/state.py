"""The state folder: everything a first run keeps, readable by its owner alone."""

import fcntl
import json
import os
import secrets
import shutil
from pathlib import Path

from quickstart import ports
from quickstart.errors import StateError

# Without this file in it, a folder is not ours and is never cleared.
MARKER = "highwater-state"
_LOCK = "lock"


class State:
    """An opened state folder. One process holds it at a time; its death lets go of it."""

    def __init__(self, folder: Path) -> None:
        """Makes a missing folder; raises StateError where it is not ours, or in use."""
        self.folder = folder.absolute()
        _make_ours(self.folder)
        self._lock = _lock(self.folder)

    def subfolder(self, name: str) -> Path:
        folder = self.folder / name
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    def secret(self, name: str) -> str:
        """The secret of this name, made at its first use and kept in a file of mode 0600."""
        path = self.subfolder("secrets") / name
        if not path.exists():
            write_private(path, secrets.token_urlsafe(48 if name == "secret-key" else 24))
        return path.read_text()

    def port(self, name: str) -> int:
        """A free port for `name`: the one it had last time where nobody took it since."""
        path = self.folder / "ports.json"
        remembered: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}
        chosen = ports.choose(remembered, name)
        write_private(path, json.dumps({**remembered, name: chosen}))
        return chosen

    def release(self) -> None:
        os.close(self._lock)

    def clear(self) -> None:
        """Remove all that was kept, and the folder."""
        for entry in self.folder.iterdir():
            if entry.name not in {MARKER, _LOCK}:
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        # Not before the rest is gone: a clearing that was cut off is ours to finish.
        (self.folder / MARKER).unlink()
        # The lock goes last: whoever opens the folder meanwhile still meets it.
        (self.folder / _LOCK).unlink()
        self.folder.rmdir()


def write_private(path: Path, text: str) -> None:
    """Replace a file in one move, never readable by others, not even for a moment.

    After a full disk or a power cut there is the old file or the new one, and nothing half.
    """
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    try:
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:  # noqa: PTH123 (the mode has to be there from the first moment)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def put_in_place(fresh: Path, final: Path) -> None:
    """Move a finished folder; where another start was first, its copy is as good."""
    try:
        fresh.replace(final)
    except OSError:
        if not final.exists():
            raise


def is_ours(folder: Path) -> bool:
    return (folder / MARKER).exists()


def foreign_entries(folder: Path) -> list[str]:
    """What lies in a folder without the marker and is not ours: neither a state nor a lock."""
    entries = (entry for entry in folder.iterdir() if entry.name != _LOCK)
    return sorted(entry.name for entry in entries if not is_ours(entry))


def _make_ours(folder: Path) -> None:
    # One by one: `parents=True` would leave the parents open to others.
    for missing in reversed([path for path in (folder, *folder.parents) if not path.exists()]):
        missing.mkdir(mode=0o700)
    if is_ours(folder):
        return
    if foreign := foreign_entries(folder):
        raise StateError(
            f"{folder} holds other things ({', '.join(foreign[:3])}). "
            "Name an empty or a new folder with --state."
        )
    folder.chmod(0o700)
    write_private(
        folder / MARKER, "State of Highwater's quickstart; `make demo-reset` clears it.\n"
    )


def _lock(folder: Path) -> int:
    lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(lock, 32, 0).decode() or "unknown"
        os.close(lock)
        raise StateError(
            f"{folder} is in use by another quickstart (process {holder}). "
            "Stop that one, or give this one a folder of its own with --state."
        ) from None
    os.truncate(lock, 0)
    os.pwrite(lock, str(os.getpid()).encode(), 0)
    return lock
