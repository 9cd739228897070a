import os
import signal
import threading
from pathlib import Path

import pytest

from quickstart.child import Child
from quickstart.errors import ProgramFailed
from quickstart.supervisor import Supervisor
from tests.quickstart.programs import SLEEP, STUBBORN, noting_its_end, python
from tests.waiting import eventually


def up(child: Child) -> bool:
    return eventually(lambda: "up" in child.last_lines())


def test_a_start_waits_until_the_program_is_ready(supervisor: Supervisor) -> None:
    answers = iter([False, False, True])
    child = supervisor.start(python("slow", SLEEP), is_ready=lambda: next(answers))
    assert child.exit_code() is None
    assert next(answers, "asked until ready") == "asked until ready"


def test_one_that_ends_before_it_is_ready_fails_with_its_last_words(supervisor: Supervisor) -> None:
    with pytest.raises(ProgramFailed, match=r"broken ended with code 4(.|\n)*\| no room left"):
        supervisor.start(
            python("broken", "print('no room left'); raise SystemExit(4)"), is_ready=lambda: False
        )


def test_one_that_is_never_ready_fails_after_its_time(supervisor: Supervisor) -> None:
    with pytest.raises(ProgramFailed, match="sleeper was not ready after 0 s"):
        supervisor.start(python("sleeper", SLEEP), is_ready=lambda: False, within_seconds=0.2)


def test_a_step_that_fails_stops_the_set_up(supervisor: Supervisor) -> None:
    with pytest.raises(ProgramFailed, match="migrate ended with code 1"):
        supervisor.run(python("migrate", "raise SystemExit(1)"))


def test_a_step_that_hangs_is_ended(supervisor: Supervisor) -> None:
    with pytest.raises(ProgramFailed, match="migrate did not finish in time"):
        supervisor.run(python("migrate", SLEEP), within_seconds=0.2)


def test_stages_stop_in_reverse_order(supervisor: Supervisor, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    for name in ("postgres", "kafka", "web"):
        assert up(supervisor.start(noting_its_end(name, notes, stage=name)))
    supervisor.stop()
    assert notes.read_text().split() == ["web", "kafka", "postgres"]


def test_a_stage_is_asked_to_stop_all_at_once(supervisor: Supervisor, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    assert up(supervisor.start(noting_its_end("prompt", notes)))
    # Patient for longer than the test, which ends it itself.
    stubborn = supervisor.start(python("stubborn", STUBBORN, stop_seconds=60.0))
    assert up(stubborn)
    stopping = threading.Thread(target=supervisor.stop)
    stopping.start()
    assert eventually(notes.exists)
    assert stubborn.exit_code() is None
    os.kill(stubborn.pid, signal.SIGKILL)
    stopping.join()


def test_a_crashed_child_is_reported_and_started_again(
    supervisor: Supervisor, said: list[str]
) -> None:
    child = supervisor.start(python("relay", "print('lost my way'); raise SystemExit(3)"))

    def started_again() -> bool:
        supervisor.look_after_all()
        return "relay was started again." in said

    assert eventually(started_again)
    assert "relay ended with code 3" in said[0]
    assert "| lost my way" in said[0]
    assert eventually(lambda: child.log.read_text().count("lost my way") == 2)
    assert child.last_lines().count("lost my way") == 1


def test_one_that_crashes_again_and_again_stops_everything(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quickstart.restarts.DELAYS_SECONDS", (0.0, 0.0))
    supervisor.start(python("relay", "raise SystemExit(3)"))
    with pytest.raises(ProgramFailed, match=r"ended 3 times, so everything stops(.|\n)*relay\.log"):
        supervisor.watch()


def test_one_that_loses_all_it_kept_is_not_started_again(supervisor: Supervisor) -> None:
    supervisor.start(python("tansu", "raise SystemExit(3)", may_restart=False))
    with pytest.raises(ProgramFailed, match="What it kept is gone"):
        supervisor.watch()


def test_what_ended_meanwhile_is_told(supervisor: Supervisor) -> None:
    child = supervisor.start(python("valkey", "raise SystemExit(3)"))
    assert eventually(lambda: child.exit_code() is not None)
    assert "valkey ended with code 3" in supervisor.ended()[0]
