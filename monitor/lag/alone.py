"""At most one tick of a cluster at once in this process, whose threads share its memory."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_held: set[int] = set()
_lock = threading.Lock()


@contextmanager
def alone(cluster_id: int) -> Iterator[bool]:
    """Give whether no other thread samples the cluster; hold it until the block ends if so.

    Claims alone do not keep threads apart: one whose lease ran out may still change the memory,
    or hang in a client library, while the next slot is claimed.
    """
    with _lock:
        is_free = cluster_id not in _held
        _held.add(cluster_id)
    try:
        yield is_free
    finally:
        if is_free:
            _held.discard(cluster_id)
