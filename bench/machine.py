"""Where a benchmark ran, and how much memory it took."""

import os
import platform
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil

LOOK_EVERY_SECONDS = 0.2


def machine() -> dict[str, Any]:
    return {
        "cpus": os.cpu_count(),
        "cpu": _first(Path("/proc/cpuinfo"), "model name"),
        "memory_mib": int(_first(Path("/proc/meminfo"), "MemTotal").split()[0]) // 1024,
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def pss_mib() -> float:
    """This process's proportional share of memory, which adds up over processes."""
    return _mib([psutil.Process()])


def tree_pss_mib(pid: int) -> float:
    """The share of a process and of all that it started; 0 where it is gone."""
    try:
        return _mib(_tree(pid))
    except psutil.NoSuchProcess:
        return 0.0


def tree_cpu_seconds(pid: int) -> float:
    """What a process and all that it started have computed so far, in user and system time."""
    times = [process.cpu_times() for process in _tree(pid)]
    return sum(time.user + time.system for time in times)


class PeakPss:
    """The highest share of memory while the block runs, looked up a few times a second.

    `look` tells the present one in MiB; without it that is this process's own.
    """

    def __init__(self, look: Callable[[], float] = pss_mib) -> None:
        self.mib = 0.0
        self._look = look
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._is_over.set()
        self._thread.join()

    def restart(self) -> float:
        """Begin anew; return the highest so far."""
        before, self.mib = self.mib, 0.0
        return before

    def _watch(self) -> None:
        while True:
            self.mib = max(self.mib, self._look())
            if self._is_over.wait(LOOK_EVERY_SECONDS):
                return


def _tree(pid: int) -> list[psutil.Process]:
    root = psutil.Process(pid)
    return [root, *root.children(recursive=True)]


def _mib(processes: list[psutil.Process]) -> float:
    # A dead one that nobody waited for has no memory to tell of.
    alive = [one for one in processes if one.status() != psutil.STATUS_ZOMBIE]
    return round(sum(one.memory_full_info().pss for one in alive) / 2**20, 1)


def _first(file: Path, name: str) -> str:
    """The value of the first line of `name: value`."""
    for line in file.read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return "0"
