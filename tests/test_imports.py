"""The import contracts of `pyproject.toml` hold."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_all_import_contracts_are_kept() -> None:
    command = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert " 0 broken" in done.stdout
