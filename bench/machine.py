"""Where a benchmark ran, and how much memory it took."""

import os
import platform
from pathlib import Path
from typing import Any


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


def _first(file: Path, name: str) -> str:
    """The value of the first line of `name: value`."""
    for line in file.read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return "0"
