import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from quickstart import leftovers
from quickstart.leftovers import Roster, started_at, started_by_ps
from tests.quickstart.programs import SLEEP


@pytest.fixture
def stray() -> "Iterator[subprocess.Popen[bytes]]":
    process = subprocess.Popen([sys.executable, "-c", SLEEP])
    yield process
    process.kill()
    process.wait()


def test_strays_of_a_killed_run_are_ended_when_they_do_not_go(
    tmp_path: Path, stray: "subprocess.Popen[bytes]", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leftovers, "_PATIENCE_SECONDS", 0.1)
    Roster(tmp_path / "roster").add(stray.pid)
    Roster(tmp_path / "roster").end_strays()
    assert stray.wait(timeout=5) == -9


def test_another_program_with_a_used_number_is_left_alone(
    tmp_path: Path, stray: "subprocess.Popen[bytes]"
) -> None:
    (tmp_path / "roster").write_text(f"{stray.pid} 1\n")
    Roster(tmp_path / "roster").end_strays()
    assert stray.poll() is None


@pytest.mark.parametrize(("platform", "looks"), [("darwin", 1), ("linux", 2)])
def test_a_stray_that_goes_before_it_is_told_to_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, platform: str, looks: int
) -> None:
    """By SIGTERM where no kernel tells it, by SIGKILL after all patience on Linux."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    (tmp_path / "roster").write_text(f"{process.pid} 1\n")
    starts = iter(["1"] * looks)
    monkeypatch.setattr(leftovers, "started_at", lambda _: next(starts, "gone"))
    monkeypatch.setattr(leftovers, "_PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr(sys, "platform", platform)
    Roster(tmp_path / "roster").end_strays()
    assert not (tmp_path / "roster").exists()


def test_nothing_is_waited_for_after_an_orderly_stop(tmp_path: Path) -> None:
    Roster(tmp_path / "roster").end_strays()
    assert not (tmp_path / "roster").exists()


def test_a_process_that_is_gone_has_no_start() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert started_at(process.pid) == "gone"


@pytest.mark.skipif(not shutil.which("ps", path=os.defpath), reason="this machine has no ps")
def test_where_there_is_no_proc_ps_tells_a_process_from_its_successor(
    stray: "subprocess.Popen[bytes]",
) -> None:
    start = started_by_ps(stray.pid)
    assert start == started_by_ps(stray.pid) != "gone"
    assert len(start.split()) == 1
    stray.kill()
    stray.wait()
    assert started_by_ps(stray.pid) == "gone"
