"""Children of an earlier run that was killed and that are still on their way out."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

_PATIENCE_SECONDS = 20.0
_POLL_SECONDS = 0.1
_GONE = "gone"


class Roster:
    """Which children run now, by process id and start time: ids alone are used again by others."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, pid: int) -> None:
        with self._path.open("a") as file:
            file.write(f"{pid} {started_at(pid)}\n")

    def clear(self) -> None:
        self._path.unlink(missing_ok=True)

    def end_strays(self) -> None:
        """Wait for those of the last run to go, as the kernel has told them to; kill who stays.

        Until they are gone they hold the ports and the data folders that the next ones need.
        """
        if sys.platform != "linux":  # no other kernel tells them
            _signal(self._alive(), signal.SIGTERM)
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while strays := self._alive():
            if time.monotonic() > deadline:
                _signal(strays, signal.SIGKILL)
                break
            time.sleep(_POLL_SECONDS)
        self.clear()

    def _alive(self) -> list[int]:
        if not self._path.exists():
            return []
        known = [line.split() for line in self._path.read_text().splitlines()]
        return [int(pid) for pid, start in known if start == started_at(int(pid)) != _GONE]


def _signal(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):  # it went by itself since one looked
            os.kill(pid, number)


def started_at(pid: int) -> str:
    """A process's start in kernel ticks, or by `ps`; `gone` where there is none."""
    if not Path("/proc/self/stat").exists():
        return started_by_ps(pid)
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return _GONE
    # The name, in parentheses, may hold blanks; the start is the 20th field after it.
    fields = stat.rpartition(")")[2].split()
    return _GONE if fields[0] == "Z" else fields[19]


def started_by_ps(pid: int) -> str:
    """The same where there is no /proc, as on macOS; in one word, and to the second."""
    asked = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
        env={"LC_ALL": "C", "PATH": os.defpath},
    )
    state, _, start = asked.stdout.strip().partition(" ")
    return _GONE if not state or state.startswith("Z") else "-".join(start.split())
