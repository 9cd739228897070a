"""The measure of real workers at a small size: that it measures what it says."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOCKETS = 3


@pytest.mark.kafka
@pytest.mark.acceptance
@pytest.mark.timeout(180)
def test_two_workers_of_two_shards_are_measured_while_sockets_listen() -> None:
    size = ["--groups", "5", "--partitions", "40", "--ticks", "5", "--interval", "1"]
    ran = subprocess.run(
        [sys.executable, "-m", "bench.worker", *size, "--sockets", str(SOCKETS), "--workers", "2"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    ends = [found[f"ticks{end}"] for end in ("", "_skipped", "_failed", "_lost")]
    assert sum(ends) == 5
    assert found["ticks"] >= 1
    assert found["workers"] == 2
    assert found["groups"] >= 5
    assert found["group_partitions"] >= 5 * 20
    stages = [found[f"{stage}_seconds"] for stage in ("read", "judge", "store", "broadcast")]
    assert all(seconds > 0 for seconds in stages)
    assert found["longest_tick_seconds"] >= found["longest_read_seconds"] > 0
    assert found["web_pss_mib"] > 30
    assert min(found["worker_pss_mib"], found["worker_pss_mib_at_start"]) > 2 * 30
    assert found["cpu_seconds_a_tick"] > 0
    assert found["sockets"] == SOCKETS
    # The overview and a group of its own; of several ticks a slow socket hears the newest.
    assert found["messages_heard"] >= SOCKETS * 2
