"""The measure of a start, with the broker that starts fastest."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.start import without_settings

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.acceptance
@pytest.mark.timeout(240)
def test_it_times_a_first_and_a_second_start_and_leaves_nothing(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "bench.start", "--state", str(tmp_path / "state")],
        env={**os.environ, "HIGHWATER_QUICKSTART_BROKER": "tansu"},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found = json.loads(ran.stdout)
    assert (found["benchmark"], found["broker"]) == ("start", "tansu")
    assert min(found["first_start_seconds"], found["second_start_seconds"]) > 0
    assert list(tmp_path.iterdir()) == []


def test_settings_of_another_highwater_are_left_out() -> None:
    kept = {"PATH": "/bin", "HIGHWATER_QUICKSTART_BROKER": "tansu"}
    others = {"HIGHWATER_KAFKA": "kafka:9092", "DATABASE_URL": "postgresql://", "SECRET_KEY": "s"}
    assert without_settings(kept | others) == kept
