import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from quickstart.child import Child
from quickstart.interruption import StopAsked, stoppable
from tests.quickstart.programs import SLEEP, python

ROUNDS = 20_000
# A signal for each byte: from outside, as it comes, for a thread of ours would take it itself.
ASKER = (
    "import os, signal, sys\nwhile sys.stdin.buffer.read(1): os.kill(os.getppid(), signal.SIGTERM)"
)


@pytest.fixture
def asker() -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen([sys.executable, "-c", ASKER], stdin=subprocess.PIPE, bufsize=0) as asker:
        yield asker


def test_a_stop_asked_for_in_mid_look_leaves_a_child_that_can_be_waited_for(
    tmp_path: Path, asker: "subprocess.Popen[bytes]"
) -> None:
    child = Child(python("sleeper", SLEEP), tmp_path)
    for _ in range(ROUNDS):
        _look_until_asked(child, asker)
    assert not signal.pthread_sigmask(signal.SIG_BLOCK, ())
    child.ask_to_stop()
    waiting = threading.Thread(target=child.wait_or_kill, daemon=True)
    waiting.start()
    waiting.join(timeout=20)
    assert not waiting.is_alive()


def _look_until_asked(child: Child, asker: "subprocess.Popen[bytes]") -> None:
    with pytest.raises(StopAsked), stoppable():
        assert asker.stdin
        asker.stdin.write(b".")
        while True:
            child.exit_code()
