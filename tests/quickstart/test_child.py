import os
import signal
from pathlib import Path

import pytest

from quickstart.child import Child, describe_exit
from quickstart.leftovers import started_at
from tests.quickstart.programs import SLEEP, STUBBORN, python
from tests.waiting import eventually


def test_a_child_has_a_process_group_of_its_own(tmp_path: Path) -> None:
    child = Child(python("sleeper", SLEEP), tmp_path)
    assert os.getpgid(child.pid) == child.pid != os.getpgid(0)
    child.kill()


def test_its_environment_is_what_the_program_says_and_no_more(tmp_path: Path) -> None:
    child = Child(python("env", "import os; print(sorted(os.environ))"), tmp_path)
    assert eventually(lambda: child.exit_code() == 0)
    assert "PATH" not in child.last_lines()


def test_the_last_lines_of_its_log_are_shown(tmp_path: Path) -> None:
    child = Child(python("talker", "for n in range(100): print('line', n)"), tmp_path)
    assert eventually(lambda: child.exit_code() == 0)
    assert child.last_lines(2) == "    | line 98\n    | line 99"


def test_the_log_of_the_last_run_is_kept_beside_the_new_one(tmp_path: Path) -> None:
    children = [Child(python("talker", f"print('run {n}')"), tmp_path) for n in range(2)]
    assert eventually(lambda: [child.exit_code() for child in children] == [0, 0])
    assert (tmp_path / "talker.log.1").read_text() == "run 0\n"
    assert (tmp_path / "talker.log").read_text() == "run 1\n"


def test_one_that_will_not_stop_is_killed_with_its_own_children(tmp_path: Path) -> None:
    helper = f"import subprocess as s, sys; print(s.Popen([sys.executable, '-c', {SLEEP!r}]).pid)"
    child = Child(python("stubborn", f"{helper}\n{STUBBORN}", stop_seconds=0.1), tmp_path)
    assert eventually(lambda: "up" in child.last_lines())
    child.ask_to_stop()
    child.wait_or_kill()
    assert child.exit_code() == -signal.SIGKILL
    grandchild = int(child.log.read_text().split()[0])
    assert eventually(lambda: started_at(grandchild) == "gone")


@pytest.mark.parametrize(
    ("code", "words"),
    [(0, "ended with code 0"), (3, "ended with code 3"), (-9, "was ended by SIGKILL")],
)
def test_how_it_ended_is_told_in_words(code: int, words: str) -> None:
    assert describe_exit(code) == words
