"""The benchmark at a small size: that it measures what it says."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


def small_run(*mode: str) -> Any:
    """What two ticks print."""
    words = [sys.executable, "-m", "bench.sample", "--groups", "5", "--partitions", "40"]
    ran = subprocess.run(
        [*words, "--ticks", "2", "--sockets", "3", "--rounds", "1", *mode],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=150,
        check=True,
    )
    return json.loads(ran.stdout)


@pytest.mark.kafka
@pytest.mark.acceptance
@pytest.mark.timeout(180)
def test_a_small_run_prints_every_stage_and_skips_no_tick() -> None:
    found = small_run()
    assert found["groups"] >= 5
    assert found["group_partitions"] >= 5 * 20
    assert (found["ticks"], found["ticks_not_done"]) == (2, 0)
    stages = [found[f"{stage}_seconds"] for stage in ("read", "judge", "store", "broadcast")]
    assert all(seconds > 0 for seconds in stages)
    assert found["tick_seconds"] == pytest.approx(sum(stages), abs=0.001)
    assert found["pss_mib"] > 10
    assert found["longest_tick_seconds"] >= found["tick_seconds"] - 0.001
    assert found["sockets"] == 3
    assert found["messages_heard"] >= 3 * 2
    assert found["ticks_skipped"] is None


@pytest.mark.kafka
@pytest.mark.acceptance
@pytest.mark.timeout(240)
def test_ticks_in_real_time_have_each_their_slot() -> None:
    found = small_run("--real-time")
    assert (found["ticks"], found["ticks_not_done"], found["ticks_skipped"]) == (2, 0, 0)
