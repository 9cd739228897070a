"""At most one tick of a shard at once in this process, whose threads share its memory."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_held: set[tuple[int, int]] = set()
_lock = threading.Lock()


def has_others(cluster_id: int, shard: int) -> bool:
    """Whether this process is in the middle of another shard's tick of the cluster."""
    return any(held[0] == cluster_id and held[1] != shard for held in list(_held))


@contextmanager
def alone(cluster_id: int, shard: int = 0) -> Iterator[bool]:
    """Give whether no other thread samples the shard; hold it until the block ends if so.

    Claims alone do not keep threads apart: one whose lease ran out may still change the memory,
    or hang in a client library, while the next slot is claimed.
    """
    with _lock:
        is_free = (cluster_id, shard) not in _held
        _held.add((cluster_id, shard))
    try:
        yield is_free
    finally:
        if is_free:
            _held.discard((cluster_id, shard))
