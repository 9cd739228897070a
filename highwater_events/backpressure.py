"""When a consumer stops fetching because it holds enough already. Pure."""

from dataclasses import dataclass

# Each record of a gap is remembered (about 100 bytes) and would be handled again after a crash: a
# busy partition reaches this in seconds, and a key that is stuck for hours would else fill memory.
LONGEST_GAP = 10_000


@dataclass(frozen=True, slots=True)
class Load:
    """What was fetched and is not finished yet."""

    records: int = 0
    size_bytes: int = 0

    def plus(self, size_bytes: int) -> "Load":
        return Load(self.records + 1, self.size_bytes + size_bytes)

    def minus(self, size_bytes: int) -> "Load":
        return Load(self.records - 1, self.size_bytes - size_bytes)


@dataclass(frozen=True, slots=True)
class Limits:
    """The most a consumer holds in memory; one poll may overshoot it once.

    `records` and `size_bytes` are fetched and not handled, in all partitions together; in each
    partition `gap_records` are handled but wait to be committed behind one that is not.
    """

    records: int = 1_000
    size_bytes: int = 64 * 1024 * 1024
    gap_records: int = LONGEST_GAP


def is_too_much(load: Load, limits: Limits, *, is_paused: bool) -> bool:
    """Whether fetching is to be (or to stay) paused.

    It resumes at half the limit: resuming at the limit itself would pause again with the next poll,
    and each pause throws away what the client has fetched ahead.
    """
    share = 0.5 if is_paused else 1.0
    return load.records >= limits.records * share or load.size_bytes >= limits.size_bytes * share


def is_gap_too_wide(gap: int, limits: Limits, *, is_paused: bool) -> bool:
    """Whether one partition is to be (or to stay) paused; it resumes at half as well."""
    return gap >= limits.gap_records * (0.5 if is_paused else 1.0)
