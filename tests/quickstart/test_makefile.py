import shutil
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


@pytest.mark.parametrize(
    ("account", "browsers", "is_installed"),
    [(0, [], True), (0, ["google-chrome"], False), (1000, [], False)],
)
def test_root_gets_the_missing_browser_before_the_tests_and_nobody_else(
    tmp_path: Path, account: int, browsers: list[str], is_installed: bool
) -> None:
    asked = tmp_path / "asked"
    for name, text in {
        "id": f"echo {account}",
        "apt-get": f'echo "$@" >> {asked}',
        **dict.fromkeys(browsers, "exit 0"),
    }.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    make = [str(shutil.which("make")), "--file", str(ROOT / "Makefile"), "browser"]
    # Elsewhere than in the tree, so that the Makefile adds no programs to the path.
    subprocess.run(make, cwd=tmp_path, env={"PATH": str(tmp_path)}, check=True)
    assert asked.exists() is is_installed
    if is_installed:
        assert asked.read_text().splitlines()[-1].endswith("chromium")
