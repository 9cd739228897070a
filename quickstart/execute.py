"""`exec`: run one command with the services around it, and end as it ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence

from quickstart import services
from quickstart.child import die_with_parent
from quickstart.environment import with_our_python
from quickstart.interruption import passed_on_to
from quickstart.progress import Progress
from quickstart.state import State
from quickstart.supervisor import Supervisor

COMMAND_NOT_FOUND = 127


def run(
    supervisor: Supervisor,
    state: State,
    progress: Progress,
    *,
    command: Sequence[str],
    with_broker: bool,
) -> int:
    """The command's exit code (128 + N where signal N ended it, as a shell has it)."""
    started = services.start(
        supervisor,
        state,
        progress,
        environ=os.environ,
        for_tests=True,
        with_broker=with_broker,
    )
    started.wait_for_broker()
    code = _call(command, {**with_our_python(os.environ), **started.environment()})
    for message in supervisor.ended():
        progress.say(f"While the command ran, {message}")
    return code


def _call(command: Sequence[str], env: Mapping[str, str]) -> int:
    try:
        # In our own process group, so that it has the terminal: Ctrl-C, and a debugger's prompt.
        process = subprocess.Popen(
            command, env=dict(env), preexec_fn=die_with_parent(signal.SIGTERM)
        )
    except OSError as problem:
        print(f"{command[0]}: {problem.strerror}", file=sys.stderr)
        return COMMAND_NOT_FOUND
    with passed_on_to(process):
        code = process.wait()
    return code if code >= 0 else 128 - code
