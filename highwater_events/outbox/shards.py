"""Which shard a key belongs to, and how many shards a relay may hold. Pure."""

import hashlib
from collections.abc import Collection


def shard_of(aggregate_type: str, aggregate_id: str, shards: int) -> int:
    """The shard of a key; the same in every process and release."""
    digest = hashlib.blake2b(f"{aggregate_type}\0{aggregate_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % shards


def fair_share(shards: int, relays: Collection[str], name: str) -> int:
    """How many of `shards` the relay `name` should hold beside the other `relays`.

    Shares differ by one at most and add up to all of them.
    """
    names = sorted({*relays, name})
    base, extra = divmod(shards, len(names))
    return base + (names.index(name) < extra)
