"""Tiny real programs for the supervisor to run."""

import sys
from pathlib import Path
from typing import Any

from quickstart.child import Program

SLEEP = "import time; time.sleep(60)"
STUBBORN = (
    "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True)\n" + SLEEP
)


def python(name: str, code: str, **options: Any) -> Program:
    return Program(
        name=name,
        argv=(sys.executable, "-c", code),
        env={},
        **{"stage": "test", "stop_seconds": 5.0, **options},
    )


def noting_its_end(name: str, notes: Path, **options: Any) -> Program:
    """Writes its name down when it is asked to stop."""
    code = (
        "import signal, sys, time\n"
        f"def end(*_): print({name!r}, file=open({str(notes)!r}, 'a')); sys.exit()\n"
        "signal.signal(15, end); print('up', flush=True); time.sleep(60)"
    )
    return python(name, code, **options)
