"""The benchmark at a small size: that it measures what it says."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.acceptance
@pytest.mark.timeout(180)
def test_a_small_run_fills_seals_draws_and_drops(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "bench.series", "--samples", "300000"]
    ran = subprocess.run(
        [*words, "--state", str(tmp_path / "state")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        timeout=150,
        check=True,
    )
    found = json.loads(ran.stdout)
    assert found["samples"] >= 288_000
    assert found["store"]["median_seconds"] > 0
    assert found["seal"]["group_partitions"] == 400
    assert found["seal"]["median_seconds"] > 0
    assert 0.5 < found["bytes_a_sample"] < 10
    assert found["charts"].keys() == {"24h", "7d", "30d", "400d"}
    assert all(chart["points"] > 1 for chart in found["charts"].values())
    assert found["retention"]["done_after_reader_left_seconds"] >= 0
    assert list(tmp_path.iterdir()) == []
