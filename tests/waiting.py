"""Waiting for something that other processes bring about."""

import time
from collections.abc import Callable


def eventually(condition: Callable[[], bool], *, within_seconds: float = 10.0) -> bool:
    """Whether it came true in time; asked twenty times a second."""
    deadline = time.monotonic() + within_seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
