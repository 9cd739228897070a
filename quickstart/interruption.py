"""Ctrl-C, SIGTERM and a closed terminal: all mean `stop everything`."""

import contextlib
import signal
import subprocess
from collections.abc import Iterator
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopAsked(BaseException):
    """Somebody asked us to stop. No Exception: nothing on the way may take it for a failure."""

    def __init__(self, signal_number: int) -> None:
        super().__init__(signal_number)
        self.signal_number = signal_number


@contextlib.contextmanager
def stoppable() -> Iterator[None]:
    """Inside, the first of the signals raises StopAsked; what comes after it is ignored.

    `make` forwards what the terminal has sent already: a second signal is no hurry.
    """

    def on_signal(number: int, frame: FrameType | None) -> None:
        ignore_signals()
        raise StopAsked(number)

    before = {number: signal.signal(number, on_signal) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def ignore_signals() -> None:
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)


@contextlib.contextmanager
def held_back() -> Iterator[None]:
    """Inside, the signals wait: for code that StopAsked must not leave half done."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    try:
        # Asks for signals when it is done, and so may raise StopAsked with all of them held back.
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def passed_on_to(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    """Inside, `process` decides what a signal means. Ctrl-C reaches it from the terminal itself."""

    def pass_on(number: int, frame: FrameType | None) -> None:
        process.send_signal(number)

    before = {
        signal.SIGINT: signal.signal(signal.SIGINT, signal.SIG_IGN),
        signal.SIGTERM: signal.signal(signal.SIGTERM, pass_on),
        signal.SIGHUP: signal.signal(signal.SIGHUP, pass_on),
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
