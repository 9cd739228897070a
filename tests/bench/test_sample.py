"""The benchmark at a small size: that it measures what it says."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.kafka
@pytest.mark.acceptance
@pytest.mark.timeout(180)
def test_a_small_run_prints_every_stage_and_skips_no_tick() -> None:
    words = [sys.executable, "-m", "bench.sample", "--groups", "5", "--partitions", "40"]
    ran = subprocess.run(
        [*words, "--ticks", "2", "--sockets", "3"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=150,
        check=True,
    )
    found = json.loads(ran.stdout)
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
