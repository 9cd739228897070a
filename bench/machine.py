"""Where a benchmark ran, and how much memory it took."""

import os
import platform
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

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
    kib = int(_first(Path("/proc/self/smaps_rollup"), "Pss").split()[0])
    return round(kib / 1024, 1)


class PeakPss:
    """The highest PSS of this process while the block runs, looked up a few times a second."""

    def __init__(self) -> None:
        self.mib = 0.0
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

    def _watch(self) -> None:
        while True:
            self.mib = max(self.mib, pss_mib())
            if self._is_over.wait(LOOK_EVERY_SECONDS):
                return


def _first(file: Path, name: str) -> str:
    """The value of the first line of `name: value`."""
    for line in file.read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return "0"
