"""What the rows of ticks say of a cluster's size and of where the time went."""

import statistics
from collections.abc import Sequence
from typing import Any

STAGES = ("read", "judge", "store", "broadcast")


def tick_figures(ticks: Sequence[Any]) -> dict[str, Any]:
    """Seconds a stage and a tick, medians and longest, of at least one `Tick` that was done."""
    stages = {stage: [getattr(tick, f"{stage}_seconds") for tick in ticks] for stage in STAGES}
    medians = {stage: round(statistics.median(seconds), 4) for stage, seconds in stages.items()}
    total = round(sum(medians.values()), 4)
    group_partitions = ticks[0].group_partitions or 0
    return {
        "groups": ticks[0].groups,
        "group_partitions": group_partitions,
        **{f"{stage}_seconds": seconds for stage, seconds in medians.items()},
        "tick_seconds": total,
        **{f"longest_{stage}_seconds": round(max(some), 4) for stage, some in stages.items()},
        "longest_tick_seconds": round(max(map(sum, zip(*stages.values(), strict=True))), 4),
        "group_partitions_per_second": int(group_partitions / total),
    }
