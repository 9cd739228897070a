import subprocess
import sys
from pathlib import Path

import pytest

from quickstart.environment import ROOT


@pytest.mark.parametrize("target", ["demo", "demo-reset", "lint", "test", "bench", "docs", "lock"])
def test_programs_of_the_virtual_environment_are_called_by_their_paths(target: str) -> None:
    """The make of macOS (3.81) looks for them on the PATH from before the Makefile's export."""
    printed = subprocess.run(
        ["make", "--dry-run", "--old-file=.venv/installed", target],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    ours = {path.name for path in Path(sys.executable).parent.iterdir()}
    programs = {line.split()[0] for line in printed.splitlines() if line.strip()}
    assert len(programs) >= 1
    assert programs & ours == set()
