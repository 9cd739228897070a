"""When a crashed child is started again. Pure: time is an argument."""

from collections.abc import Sequence

DELAYS_SECONDS = (1.0, 2.0, 4.0, 8.0)
FORGIVEN_AFTER_SECONDS = 120.0


def delay_before_restart(crashed_at: Sequence[float], *, now: float) -> float | None:
    """Seconds to wait after the latest crash; None when it has crashed too often to go on.

    `crashed_at` are all crashes so far, the latest included. Old ones are forgiven, so that a demo
    left alone for a week is not ended by its fifth mishap.
    """
    recent = [moment for moment in crashed_at if now - moment < FORGIVEN_AFTER_SECONDS]
    return DELAYS_SECONDS[len(recent) - 1] if len(recent) <= len(DELAYS_SECONDS) else None
