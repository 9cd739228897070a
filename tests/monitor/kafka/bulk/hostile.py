"""Answers that no broker should send, for every decoder."""

from collections.abc import Callable
from typing import TypeVar

import pytest
from hypothesis import strategies as st

from monitor.errors import MalformedAnswerError

Read = TypeVar("Read")


def refuses_a_cut(decode: Callable[[bytes], object], body: bytes, data: st.DataObject) -> None:
    """Wherever the answer ends too early, it is refused."""
    with pytest.raises(MalformedAnswerError):
        decode(body[: data.draw(st.integers(0, len(body) - 1))])


def read_or_refused(decode: Callable[[bytes], Read], body: bytes) -> Read | None:
    """What was read; None if it was refused. Any other exception goes through."""
    try:
        return decode(body)
    except MalformedAnswerError:
        return None
