"""One program as a child process that never outlives us and whose log can be read."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from quickstart.interruption import held_back

_PR_SET_PDEATHSIG = 1
_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Account:
    """Whom a child runs as, where that is not ourselves."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Program:
    """What to run. `env` is its whole environment: secrets go there or into files, never into argv.

    `stop_signal` asks it to end; after `stop_seconds` it is killed. Programs of one `stage` are
    asked together. One that loses everything when it ends says `may_restart=False`.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    stage: str
    cwd: Path = Path("/")
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 15.0
    may_restart: bool = True


class Child:
    """A program that was started, in a process group of its own (Ctrl-C does not reach it)."""

    def __init__(self, program: Program, logs: Path) -> None:
        self.program = program
        self.log = logs / f"{program.name}.log"
        if self.log.exists():
            self.log.replace(self.log.with_suffix(".log.1"))
        self._process = self._spawn()

    @property
    def pid(self) -> int:
        return self._process.pid

    def exit_code(self) -> int | None:
        """None while it runs; negative for the signal that ended it."""
        # Popen takes a lock of its own, and StopAsked at that moment would leave it taken: it would
        # seem to run for ever, and the wait for its end would have none.
        with held_back():
            return self._process.poll()

    def start_again(self) -> None:
        self._process = self._spawn()

    def ask_to_stop(self) -> None:
        if self.exit_code() is None:
            self._process.send_signal(self.program.stop_signal)

    def wait_or_kill(self) -> None:
        """Blocks until it is gone: `stop_seconds` by itself, then by force with its children."""
        deadline = time.monotonic() + self.program.stop_seconds
        while self.exit_code() is None and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
        self.kill()

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        with held_back():
            self._process.wait()

    def last_lines(self, count: int = 15) -> str:
        """What it wrote last, since it was started last; indented for the terminal."""
        with self.log.open(errors="replace") as lines:
            lines.seek(self._log_began_at)
            return "".join(f"    | {line.rstrip()}\n" for line in deque(lines, count)).rstrip()

    def _spawn(self) -> "subprocess.Popen[bytes]":
        program = self.program
        with self.log.open("ab") as log:
            self._log_began_at = log.tell()
            return subprocess.Popen(
                program.argv,
                env=dict(program.env),
                cwd=program.cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent(program.stop_signal),
                user=program.account.uid if program.account else None,
                group=program.account.gid if program.account else None,
                extra_groups=[] if program.account else None,
            )


def die_with_parent(stop_signal: signal.Signals) -> Callable[[], None] | None:
    """What a child runs before its program: have the kernel stop it when we die, even by SIGKILL.

    Python changes the account before it calls this, as it must: a change of account would undo it.
    None where the kernel offers no such thing.
    """
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def in_child() -> None:
        prctl(_PR_SET_PDEATHSIG, int(stop_signal), 0, 0, 0)
        # A parent that died before the line above is never told of.
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)

    return in_child


def describe_exit(code: int) -> str:
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
