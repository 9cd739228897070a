"""What a person at the terminal sees: one line a step, with its seconds."""

import contextlib
import os
import time
from collections.abc import Iterator
from typing import TextIO


class Progress:
    """Writes to one stream. A terminal that went away never stops the work, least the stopping."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._in_step = False

    @contextlib.contextmanager
    def step(self, what: str) -> Iterator[None]:
        self.end_line()
        self._write(f"  {what} ... ")
        self._in_step = True
        began = time.monotonic()
        yield
        if not self._in_step:
            self._write(f"  {what}: ")
        self._in_step = False
        self._write(f"{time.monotonic() - began:.1f} s\n")

    def say(self, text: str) -> None:
        self.end_line()
        self._write(f"{text}\n")

    def end_line(self) -> None:
        """Leave the line of a step that has not ended, because something else is to be said."""
        if self._in_step:
            self._write("\n")
        self._in_step = False

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:
            # What is still buffered would fail again at exit, and turn our exit code into 120.
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())
