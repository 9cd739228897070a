"""`python -m tests.quickstart.interrupted DIRECTORY ROUNDS`: stops asked for while a child is
looked at, and whether that child can be waited for afterwards; exit 0 if so.

A process of its own, because in pytest's another thread may take the signal, and what StopAsked
interrupts may be a callback of the garbage collector, which swallows it.
"""

import signal
import subprocess
import sys
import threading
from pathlib import Path

from quickstart.child import Child
from quickstart.interruption import StopAsked, stoppable
from tests.quickstart.programs import SLEEP, python

# A signal for each byte: from outside, as it comes, for a thread of ours would take it itself.
ASKER = (
    "import os, signal, sys\nwhile sys.stdin.buffer.read(1): os.kill(os.getppid(), signal.SIGTERM)"
)
WAIT_SECONDS = 20


def main(directory: Path, rounds: int) -> int:
    child = Child(python("sleeper", SLEEP), directory)
    with subprocess.Popen([sys.executable, "-c", ASKER], stdin=subprocess.PIPE, bufsize=0) as asker:
        for _ in range(rounds):
            _look_until_asked(child, asker)
    if signal.pthread_sigmask(signal.SIG_BLOCK, ()):
        return 1
    child.ask_to_stop()
    waiting = threading.Thread(target=child.wait_or_kill, daemon=True)
    waiting.start()
    waiting.join(timeout=WAIT_SECONDS)
    return 1 if waiting.is_alive() else 0


def _look_until_asked(child: Child, asker: "subprocess.Popen[bytes]") -> None:
    try:
        with stoppable():
            assert asker.stdin
            asker.stdin.write(b".")
            while True:
                child.exit_code()
    except StopAsked:
        pass


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2])))
