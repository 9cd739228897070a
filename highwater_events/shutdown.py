"""How a process of the toolkit is asked to stop: a flag that signals set and anybody awaits.

Imports nothing heavy, so that a command line can call `exit_on_early_signals` before all else.
"""

import os
import queue
import signal
from collections.abc import Sequence, Set
from types import FrameType

HARD_EXIT_CODE = 1
COMMANDS = frozenset({"relay_outbox", "run_consumer"})


class StopFlag:
    """Once set, set for ever. May be set from a signal handler and awaited from any thread."""

    def __init__(self) -> None:
        # A SimpleQueue may be filled from a handler at any moment; an Event could deadlock there,
        # because the interrupted thread may hold its lock.
        self._tokens: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._is_set = False

    def set(self) -> None:
        self._is_set = True
        self._tokens.put(None)

    def is_set(self) -> bool:
        return self._is_set

    def wait(self, seconds: float) -> bool:
        """Wait until the flag is set, at most so long; returns whether it is."""
        if not self._is_set:
            try:
                self._tokens.get(timeout=max(0.0, seconds))
            except queue.Empty:
                return self._is_set
            self._tokens.put(None)
        return True


def exit_on_early_signals(argv: Sequence[str], *, commands: Set[str] = COMMANDS) -> None:
    """Where `argv` runs one of `commands`: SIGTERM and SIGINT end the process at once, code 0.

    For the first lines of `manage.py`. Setting up Django takes a second or more, in which nothing
    is held that would have to be given back; the command then asks for `stop_on_signals` instead.
    """
    if not commands & {*argv[1:2]}:
        return

    def on_signal(number: int, frame: FrameType | None) -> None:
        # Not by SystemExit: whatever is being imported at this moment could catch it.
        os._exit(0)

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)


def stop_on_signals() -> StopFlag:
    """A flag that SIGTERM and SIGINT set; a second signal ends the process at once, code 1.

    Call it from the main thread.
    """
    flag = StopFlag()

    def on_signal(number: int, frame: FrameType | None) -> None:
        if flag.is_set():
            os._exit(HARD_EXIT_CODE)
        flag.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    return flag
