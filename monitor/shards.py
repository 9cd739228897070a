"""Which part of a cluster's work is whose, where one process does not suffice. Pure.

Groups are spread by a hash of their names, so that a shard knows its own from the listing alone,
before any offset is read. Topics are spread likewise: every shard reads the ends of what its groups
read, and one of them, whose the topic is, keeps what there is once of it.
"""

from dataclasses import dataclass
from zlib import crc32

MOST_SHARDS = 64


@dataclass(frozen=True, slots=True)
class Shard:
    """Part `number`, from 0, of `of`."""

    number: int = 0
    of: int = 1

    @property
    def is_all(self) -> bool:
        return self.of == 1

    def owns(self, name: str) -> bool:
        """Whether the group or topic of this name is the shard's."""
        return self.is_all or place_of(name) % self.of == self.number


ALL = Shard()


def place_of(name: str) -> int:
    """The same in every process and for ever: stored samples are found by it."""
    return crc32(name.encode(errors="surrogatepass"))
