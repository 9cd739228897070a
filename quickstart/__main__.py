"""Highwater with everything it needs, on one machine.

demo      (the default) set up everything, start everything, print where the page is
services  only Postgres, Valkey and the broker, until Ctrl-C
exec      run a command with these services around it, and end as it ends
assets    only what the pages load from npm
reset     forget everything: databases, records, passwords
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from quickstart import assets, demonstration, execute, place, services
from quickstart.environment import ROOT, write_shell_file
from quickstart.errors import QuickstartError
from quickstart.interruption import StopAsked, ignore_signals, stoppable
from quickstart.progress import Progress
from quickstart.reset import reset
from quickstart.state import State
from quickstart.supervisor import Supervisor

_COMMANDS = ("demo", "services", "exec", "assets", "reset")


def main(argv: Sequence[str]) -> int:
    words, command = split_command(argv)
    options = _parser().parse_args(words)
    is_exec = options.name == "exec"
    if is_exec != bool(command):
        _parser().error("`exec` needs a command behind --, the others take none")
    if not is_exec and (options.fresh or options.no_broker):
        _parser().error("--fresh and --no-broker are for `exec`")
    # A command's own output goes to standard output; ours must not get into it.
    progress = Progress(sys.stderr if is_exec else sys.stdout)
    try:
        with stoppable():
            return _work(options, progress, command)
    except StopAsked as asked:
        return 128 + asked.signal_number if is_exec else 0
    except (QuickstartError, OSError) as problem:
        progress.end_line()
        print(f"\n{problem}", file=sys.stderr)
        return 1


def split_command(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    """Our own words, and the command behind `--`."""
    words = list(argv)
    cut = words.index("--") if "--" in words else len(words)
    return words[:cut], words[cut + 1 :]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m quickstart",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", nargs="?", choices=_COMMANDS, default="demo")
    parser.add_argument(
        "--state", type=Path, default=ROOT / ".highwater", help="folder that keeps everything"
    )
    parser.add_argument(
        "--fresh", action="store_true", help="forget what the folder keeps before and after"
    )
    parser.add_argument("--no-broker", action="store_true", help="for `exec`: without Kafka")
    return parser


def _work(options: argparse.Namespace, progress: Progress, command: Sequence[str]) -> int:
    if options.fresh or options.name == "reset":
        reset(options.state)
    if options.name == "assets":
        assets.ensure(progress)
        return 0
    if options.name == "reset":
        progress.say(f"{options.state} is cleared.")
        return 0
    return _with_children(options, progress, command)


def _with_children(options: argparse.Namespace, progress: Progress, command: Sequence[str]) -> int:
    state = State(options.state)
    supervisor = Supervisor(state.folder, progress.say)
    try:
        if options.name == "demo":
            demonstration.run(supervisor, state, progress)
        if options.name == "services":
            _services(supervisor, state, progress)
        with_broker = not options.no_broker
        return execute.run(supervisor, state, progress, command=command, with_broker=with_broker)
    finally:
        ignore_signals()
        with progress.step("Stopping"):
            supervisor.stop()
        if options.fresh:
            # Its databases are of no use to the next run; the logs stay for a look.
            place.clear(state.folder)
        state.release()


def _services(supervisor: Supervisor, state: State, progress: Progress) -> NoReturn:
    started = services.start(supervisor, state, progress, environ=os.environ)
    started.wait_for_broker()
    path = write_shell_file(state, started.environment())
    progress.say(f"\nFor a shell that uses them:  set -a; . {path}; set +a\nCtrl-C stops them.")
    supervisor.watch()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
