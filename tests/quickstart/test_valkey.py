import stat
from pathlib import Path

from quickstart import valkey
from quickstart.state import State


def test_the_password_is_in_the_file_and_not_in_the_arguments(state: State) -> None:
    program = valkey.program(state, port=20_001)
    config = Path(program.argv[-1])
    assert f"requirepass {state.secret('valkey')}" in config.read_text()
    assert stat.S_IMODE(config.stat().st_mode) == 0o600
    assert not any(state.secret("valkey") in word for word in program.argv)


def test_it_listens_on_this_machine_only_and_keeps_nothing() -> None:
    config = valkey.render_config(port=20_001, password="p", folder=Path("/a folder")).splitlines()
    assert {"bind 127.0.0.1", "port 20001", 'save ""', 'dir "/a folder"'} <= set(config)
