"""How the C library keeps memory that a process let go of."""

import ctypes

_M_ARENA_MAX = -8  # by glibc's malloc.h


def share_one_arena() -> bool:
    """Have all threads allocate from one arena. Call it before they begin; whether it was done.

    Each of glibc's arenas keeps what its own threads let go of. Each of eight threads samples the
    big cluster now and then, so eight arenas came to keep a tick's columns: 1,450 MiB for half a
    million group-partitions, of which 350 were in use. With one it is 840 for a whole million,
    1,040 in mid-tick. Threads of Python seldom allocate at once. Other C libraries have no such
    setting.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and mallopt(_M_ARENA_MAX, 1) == 1


def give_back() -> bool:
    """Return to the system what was let go of, the holes among what is in use too.

    Whether there was anything. A tick of a million group-partitions leaves 250 MiB of holes, and
    what is remembered of a cluster that another worker takes over would be kept for ever.
    """
    malloc_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return malloc_trim is not None and malloc_trim(0) == 1
